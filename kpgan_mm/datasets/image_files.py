"""Image files: finding, reading, and telling which are damaged."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from .bad_data import BadDataError, MissingFileError, check_file

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp')

# Of JPEG and PNG.
_BEGIN_AND_END = ((b'\xff\xd8', b'\xff\xd9'), (b'\x89PNG', b'IEND\xaeB`\x82'))


def natural_key(path) -> list:
    """Sorts ``2.png`` before ``10.png``."""
    return [int(part) if part.isdigit() else part.lower() for part in re.split(r'(\d+)', str(path))]


def read_image(path: str, flags: int = cv2.IMREAD_COLOR) -> np.ndarray:
    """Reads an image file, whole.

    From a JPEG file that ends too early OpenCV makes a picture with a grey remainder, without a word. It does so for
    files, not for bytes in memory, hence the detour.

    Raises:
        MissingFileError: If there is no such file; it is a FileNotFoundError.
        BadDataError: If it cannot be decoded, or ends too early.
    """
    try:
        with open(path, 'rb') as handle:
            content = handle.read()
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise MissingFileError(f'image {path} does not exist', 'missing-file', path) from None
        raise BadDataError(f'image {path} cannot be read: {error}', 'unreadable', path) from None
    if not content:
        raise BadDataError(f'image {path} is empty (0 bytes) and cannot be decoded', 'empty-file', path)
    try:
        image = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), flags)
    except cv2.error:
        image = None
    if image is None:
        if not _has_its_end(content[:4], content[-12:]):
            raise BadDataError(f'image {path} ends too early and cannot be decoded', 'truncated', path)
        raise BadDataError(f'{path} cannot be decoded as an image', 'unreadable', path)
    return image


def _has_its_end(first: bytes, last: bytes) -> bool:
    """Whether a file ends as those do that begin so. Sound ones may go on behind their end."""
    return not any(first.startswith(begin) and not last.endswith(end) for begin, end in _BEGIN_AND_END)


def check_image(path: str, decode: bool) -> tuple[int, int]:
    """Size (height, width) of an image file; it is decoded only if that is asked, or its end looks wrong.

    Raises:
        MissingFileError: If there is no such file.
        BadDataError: If it has no header of an image, or cannot be decoded.
    """
    size = image_size(path)
    if not decode:
        with open(path, 'rb') as handle:
            first = handle.read(4)
            handle.seek(-min(12, Path(path).stat().st_size), os.SEEK_END)
            decode = not _has_its_end(first, handle.read())
    if decode:
        read_image(path)
    return size


def image_size(path: str) -> tuple[int, int]:
    """(height, width) of an image file from its header; EXIF's rotation is respected, as OpenCV does.

    Raises:
        MissingFileError: If there is no such file.
        BadDataError: If it has no header of an image.
    """
    check_file(path, 'image')
    try:
        with Image.open(path) as image:
            # Only a JPEG file has it in the header; elsewhere Pillow would decode the picture to find it.
            turned = image.format == 'JPEG' and image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
            return (image.width, image.height) if turned else (image.height, image.width)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadDataError(f'{path} cannot be decoded as an image ({error})', 'unreadable', path) from None


def existing_folder(root: str, what: str) -> Path:
    """Path of a folder that must exist."""
    root = Path(root)
    if not root.is_dir():
        raise FileNotFoundError(f'{what} folder {root} does not exist')
    return root


def image_files(folder: Path, suffixes: Sequence[str] = IMAGE_SUFFIXES) -> list[Path]:
    """Image files right in a folder, in natural order."""
    found = (path for path in folder.iterdir() if path.suffix.lower() in suffixes and not path.is_dir())
    return sorted(found, key=natural_key)
