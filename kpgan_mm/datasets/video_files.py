"""Frames of video files, decoded once into a folder of images."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from kpgan_mm.registry import TASK_UTILS

from .bad_data import BadData, BadDataError, check_file
from .frame_sources import FrameSource
from .image_files import image_files

VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v')


def video_frames(path: str | Path) -> Iterator[tuple[int, np.ndarray | None]]:
    """Yields number and picture (H, W, 3) uint8 BGR of the frames of a video, one in memory at a time.

    The picture of a frame that cannot be decoded is None, and the video goes on after it.

    Raises:
        MissingFileError: If there is no such file.
        BadDataError: If it is empty, or OpenCV reads no frame.
    """
    for number, retrieve in _grabbed(path):
        yield number, retrieve()


def promised_frames(path: str | Path) -> int | None:
    """How many frames a video says that it has; None if it does not say, or nothing sensible."""
    capture = cv2.VideoCapture(str(path))
    frames = capture.get(cv2.CAP_PROP_FRAME_COUNT) if capture.isOpened() else 0
    capture.release()
    return int(frames) if 1 <= frames < 10**8 else None


def _grabbed(path: str | Path) -> Iterator[tuple[int, Callable[[], np.ndarray | None]]]:
    """The frames of a video, each decoded only if it is asked for."""
    check_file(path, 'video')
    capture, count = cv2.VideoCapture(str(path)), 0
    try:
        while capture.grab():
            yield count, lambda: capture.retrieve()[1]
            count += 1
    finally:
        capture.release()
    if count == 0:
        message = f'no frame could be read from {path}: it is no video, damaged, or of an unknown codec'
        raise BadDataError(message, 'unreadable-video', path)


def decode_video(path: Path, folder: Path, crop: Sequence[int] | None = None, stride: int = 1) -> None:
    """Writes every ``stride``-th frame of a video to ``folder`` as PNG, all or nothing.

    The images appear under their final name only when all are written, so an interrupted run leaves no half cache,
    and two processes that decode the same video do not disturb each other.

    Raises:
        BadDataError: If OpenCV reads no frame or cannot decode one.
        ValueError: If the crop leaves the picture.
        OSError: If an image cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f'.{folder.name}-', dir=folder.parent))
    try:
        for number, retrieve in _grabbed(path):
            if number % stride:
                continue
            image = retrieve()
            if image is None:
                message = f'frame {number} of {path} cannot be decoded: the video is damaged there'
                raise BadDataError(message, 'unreadable-video', path, f'frame {number}')
            if crop is not None:
                x, y, width, height = crop
                if x < 0 or y < 0 or x + width > image.shape[1] or y + height > image.shape[0]:
                    size = f'{image.shape[1]} x {image.shape[0]}'
                    raise ValueError(f'crop {tuple(crop)} (x, y, w, h) leaves the {size} pictures of {path}')
                image = image[y : y + height, x : x + width]
            if not cv2.imwrite(str(unfinished / f'{number:08d}.png'), image):
                raise OSError(f'frame {number} of {path} cannot be written to {folder.parent}: is the disk full?')
        unfinished.chmod(0o755)
        try:
            os.replace(unfinished, folder)
        except OSError:
            # Another process was faster; its images are the same.
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def video_paths(files: str | Path | Sequence[str]) -> list[Path]:
    """The videos of ``files``: a video, a folder of videos, or a list of these."""
    named = [Path(name) for name in ([files] if isinstance(files, str | Path) else files)]
    return [path for name in named for path in (image_files(name, VIDEO_SUFFIXES) if name.is_dir() else [name])]


@TASK_UTILS.register_module()
class VideoFiles(FrameSource):
    """Frames of video files; decoded by OpenCV at the first use and taken from the cache afterwards.

    Args:
        files: A video, a folder of videos, or a list of these.
        cache_dir: Where the images go, one folder per video, crop and stride.
        crop: (x, y, width, height) in pixels, the same for all.
        stride: Every ``stride``-th frame is used.
        background_subtraction, bad_data: See :class:`~.frame_sources.FrameSource`.

    Attributes:
        files (dict[str, Path]): The file of each ``video_id``.

    Raises:
        FileNotFoundError: If a file does not exist and ``bad_data`` is 'refuse'.
        BadDataError: If a video cannot be read or is empty and ``bad_data`` is 'refuse'.
        ValueError: If there is none, or ``crop`` leaves the pictures.
    """

    def __init__(
        self,
        files: str | Sequence[str],
        cache_dir: str,
        crop: Sequence[int] | None = None,
        stride: int = 1,
        background_subtraction: dict | None = None,
        bad_data: str = 'refuse',
    ) -> None:
        where = f'{files} (videos with {", ".join(VIDEO_SUFFIXES)})'
        bad, frames = BadData(bad_data, where), []
        self.files = {}
        for path in video_paths(files):
            with bad.leaving_out():
                check_file(path, 'video')
                status = path.stat()
                identity = (str(path.resolve()), status.st_size, status.st_mtime_ns, tuple(crop or ()), stride)
                name = f'{path.stem}-{hashlib.sha1(repr(identity).encode()).hexdigest()[:10]}'
                self.files[name] = path
                folder = Path(cache_dir, name)
                if not folder.is_dir():
                    decode_video(path, folder, crop, stride)
                frames += [
                    dict(img_path=str(image), video_id=name, frame_id=int(image.stem)) for image in image_files(folder)
                ]
        super().__init__(frames, where, background_subtraction, bad)
