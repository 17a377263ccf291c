"""Pictures and videos of a project: taken in, checked, decoded."""

import hashlib
import os
import re
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np

from .content_types import HEAD_BYTES, IMAGE_KINDS, VIDEO_KINDS, kind_of
from .decoder import Decoder
from .errors import StudioError
from .project import Project

MAX_IMAGE_BYTES = 64 * 2**20
MAX_VIDEO_BYTES = 2 * 2**30
# Of all uploads of a project together, and what they leave free on the disk.
MAX_TOTAL_BYTES = 20 * 2**30
RESERVE_BYTES = 2 * 2**30

# Decoded frames that are kept, in bytes.
_CACHE_BYTES = 256 * 2**20


class Media:
    """Pictures and videos of a project.

    Args:
        project: Where they are; what is uploaded goes to its folder ``studio/uploads``.
        max_image_bytes: Largest picture file that is taken.
        max_video_bytes: Largest video file that is uploaded; those in the project may be of any length.
        decoder: What decodes them; one of its own by default.
        max_total_bytes: All uploads of the project together.
    """

    def __init__(
        self,
        project: Project,
        max_image_bytes: int = MAX_IMAGE_BYTES,
        max_video_bytes: int = MAX_VIDEO_BYTES,
        decoder: Decoder | None = None,
        max_total_bytes: int = MAX_TOTAL_BYTES,
    ) -> None:
        self.project = project
        self.max_image_bytes, self.max_video_bytes = max_image_bytes, max_video_bytes
        self.max_total_bytes = max_total_bytes
        # Uploads that are under way, and the bytes of all of them and of those that were there.
        self._arriving, self._uploaded = 0, 0
        self.decoder = decoder or Decoder()
        self._frames: OrderedDict[tuple, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    async def receive(self, name: str, chunks: AsyncIterator[bytes]) -> Path:
        """Write an upload to the project, under a name made of its own and its content.

        What is no picture or video is refused as soon as its first bytes are in.

        Raises:
            StudioError: If it is neither, or too large, or more than the disk or the total limit allows.
        """
        folder = self.project.own('uploads', 'x').parent
        if not self._arriving:
            self._uploaded = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
        handle, temporary = tempfile.mkstemp(prefix='.incoming-', dir=folder)
        self._arriving += 1
        whole = False
        digest, size, head, limit = hashlib.sha256(), 0, b'', None
        try:
            with os.fdopen(handle, 'wb') as file:
                async for chunk in chunks:
                    head = (head + chunk)[:HEAD_BYTES] if len(head) < HEAD_BYTES else head
                    if limit is None and len(head) >= HEAD_BYTES:
                        limit = self._limit(self._kind(name, head))
                    size += len(chunk)
                    self._uploaded += len(chunk)
                    if limit is not None and size > limit:
                        raise StudioError(f'{name} is larger than the {limit / 2**20:g} MiB that are taken', 413)
                    self._check_room(folder)
                    digest.update(chunk)
                    file.write(chunk)
            kind = self._kind(name, head)
            suffix = {**IMAGE_KINDS, **VIDEO_KINDS}[kind]
            stem = re.sub(r'[^\w-]+', '_', Path(name.replace('\\', '/')).stem, flags=re.ASCII)[:60].strip('_')
            path = folder / f'{stem or "upload"}-{digest.hexdigest()[:10]}{suffix}'
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
            whole = True
            return path
        finally:
            self._arriving -= 1
            self._uploaded -= 0 if whole else size
            Path(temporary).unlink(missing_ok=True)

    def describe(self, name: str) -> dict:
        """What a file of the project is: ``path``, ``kind``, ``width``, ``height``, ``frames``, ``rate``.

        Raises:
            StudioError: If it is not there, or cannot be decoded.
        """
        path = self.project.file(name)
        if self._kind_of_file(path) in VIDEO_KINDS:
            return dict(path=name, kind='video', **self.decoder.video(path))
        height, width = self.frame(name, 0).shape[:2]
        return dict(path=name, kind='image', width=width, height=height, frames=1, rate=0.0)

    def frame(self, name: str, number: int) -> np.ndarray:
        """Frame ``(H, W, 3)`` uint8 BGR, read-only; a picture has only frame 0.

        Raises:
            StudioError: If there is no such file or frame, or it cannot be decoded.
        """
        path = self.project.file(name)
        status = path.stat()
        key = (name, number, status.st_mtime_ns, status.st_size)
        with self._lock:
            if key in self._frames:
                self._frames.move_to_end(key)
                return self._frames[key]
        if self._kind_of_file(path) in VIDEO_KINDS:
            pixels = self.decoder.frame(path, number)
        elif number:
            raise StudioError(f'{name} is a picture and has no frame {number}', 404)
        else:
            if status.st_size > self.max_image_bytes:
                raise StudioError(
                    f'{name} is larger than the {self.max_image_bytes / 2**20:g} MiB that a picture may have', 413
                )
            pixels = self.decoder.image(path)
        with self._lock:
            self._frames[key] = pixels
            while len(self._frames) > 1 and sum(frame.nbytes for frame in self._frames.values()) > _CACHE_BYTES:
                self._frames.popitem(last=False)
        return pixels

    def _check_room(self, folder: Path) -> None:
        """Refuse what would be too much with all that was uploaded before, or fill the disk."""
        if self._uploaded > self.max_total_bytes:
            raise StudioError(
                f'all uploads together are larger than the {self.max_total_bytes / 2**30:g} GiB that are taken: delete '
                'some in studio/uploads of the project folder',
                413,
            )
        if shutil.disk_usage(folder).free < RESERVE_BYTES:
            raise StudioError(
                f'the disk of the project folder has less than {RESERVE_BYTES / 2**30:g} GiB left: nothing is uploaded',
                507,
            )

    def _kind_of_file(self, path: Path) -> str:
        with path.open('rb') as file:
            return self._kind(path.name, file.read(HEAD_BYTES))

    @staticmethod
    def _kind(name: str, head: bytes) -> str:
        kind = kind_of(head)
        if kind is None:
            raise StudioError(
                f'{name} is no picture (JPEG, PNG, BMP, WebP) and no video (MP4, MOV, AVI, MKV, WebM) by its content',
                415,
            )
        return kind

    def _limit(self, kind: str) -> int:
        return self.max_image_bytes if kind in IMAGE_KINDS else self.max_video_bytes
