"""Frames of an image, a folder, a video or a camera of the user's, one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from kpgan_mm.datasets.bad_data import BadData, BadDataError
from kpgan_mm.datasets.image_files import IMAGE_SUFFIXES, natural_key, read_image
from kpgan_mm.datasets.video_files import VIDEO_SUFFIXES, video_frames

# Frames a second of pictures that belong to no video.
_STILL_RATE = 10.0
_CAMERA = 'webcam:'


@dataclass(frozen=True)
class OwnFrame:
    """A frame.

    Attributes:
        name: The image relative to the source; of a frame of a video its file and number, ``clip.mp4/00000012``.
        video_id: The folder of an image, the file of a video.
        frame_id: Number in it.
        image: ``(H, W, 3)`` uint8 BGR.
        of_video: Whether it comes from a video, and not from a file of its own.
    """

    name: str
    video_id: str
    frame_id: int
    image: np.ndarray
    of_video: bool = False


class OwnFrames:
    """Iterates over the frames of an image, of a video, or of all images and videos in a folder and its sub-folders.

    One frame is in memory at a time, whatever the length. Images are read as colours: grey ones get three equal
    channels, alpha is dropped, EXIF's rotation is carried out. Files and frames that cannot be read are left out.

    Args:
        source: The file or folder.
        apart_from: A folder in it that is left out, as that of earlier predictions.

    Attributes:
        files: The images and videos.
        is_video: Whether the source is one video.
        rate: Frames a second to show them at: a single video's own.
        bad_data: Has what was left out so far.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If it is, or holds, neither image nor video, or it is the folder that is left out.
    """

    def __init__(self, source: str | Path, apart_from: str | Path | None = None) -> None:
        self.source = Path(source)
        if not self.source.exists():
            raise FileNotFoundError(f'there is no image, video or folder {source}')
        known = (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)
        found = sorted(self.source.rglob('*'), key=natural_key) if self.source.is_dir() else [self.source]
        self.files = [file for file in found if file.is_file() and file.suffix.lower() in known]
        if apart_from is not None and self.source.is_dir():
            others = Path(apart_from).resolve()
            if others == self.source.resolve():
                raise ValueError(f'{source} is where the pictures are: predictions need a folder of their own')
            self.files = [file for file in self.files if others not in file.resolve().parents]
        if not self.files:
            raise ValueError(f'{source} holds no image or video ({", ".join(known)})')
        self.is_video = self.source.is_file() and self.source.suffix.lower() in VIDEO_SUFFIXES
        self.rate = rate_of(self.source) if self.is_video else _STILL_RATE
        self.bad_data = BadData('skip', str(source))

    def __iter__(self) -> Iterator[OwnFrame]:
        numbers = {}
        for file in self.files:
            name = file.name if self.source.is_file() else file.relative_to(self.source).as_posix()
            if file.suffix.lower() in VIDEO_SUFFIXES:
                with self.bad_data.leaving_out():
                    yield from self._video(file, name)
                continue
            folder = Path(name).parent.as_posix()
            number = numbers[folder] = numbers.get(folder, -1) + 1
            image = None
            with self.bad_data.leaving_out():
                image = read_image(file)
            if image is not None:
                yield OwnFrame(name, folder, number, image)

    def _video(self, file: Path, name: str) -> Iterator[OwnFrame]:
        for number, image in video_frames(file):
            if image is None:
                message = f'frame {number} of {file} cannot be decoded'
                self.bad_data.found(BadDataError(message, 'unreadable-video', file, f'frame {number}'))
            else:
                yield OwnFrame(f'{name}/{number:08d}', name, number, image, of_video=True)


def rate_of(video: Path) -> float:
    """Frames a second of a video; 10 where it does not say."""
    return cv2.VideoCapture(str(video)).get(cv2.CAP_PROP_FPS) or _STILL_RATE


class CameraFrames:
    """Iterates over what a camera sees, until it is unplugged or nobody asks for more.

    Args:
        number: Of the camera, 0 for the first.

    Attributes:
        files, is_video, rate, bad_data: As those of :class:`OwnFrames`; a camera has no files, and one that does not
            tell its rate has 10.

    Raises:
        ValueError: If there is no such camera, or it cannot be opened.
    """

    files = ()
    is_video = True

    def __init__(self, number: int) -> None:
        self.source = Path(f'webcam_{number}')
        self._capture = cv2.VideoCapture(number)
        if not self._capture.isOpened():
            raise ValueError(f'camera {number} cannot be opened: is it plugged in, and used by no other program?')
        self.rate = self._capture.get(cv2.CAP_PROP_FPS) or _STILL_RATE
        self.bad_data = BadData('skip', f'camera {number}')

    def __iter__(self) -> Iterator[OwnFrame]:
        number = 0
        try:
            while (image := self._capture.read()[1]) is not None:
                yield OwnFrame(f'{self.source}/{number:08d}', str(self.source), number, image, of_video=True)
                number += 1
        finally:
            self._capture.release()


def open_frames(source: str | Path, apart_from: str | Path | None = None) -> OwnFrames | CameraFrames:
    """The frames of a file or a folder; ``webcam:0``, or ``0`` where no file is called so, is the first camera.

    Args:
        source: File, folder or camera.
        apart_from: See :class:`OwnFrames`.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If it is, or holds, neither image nor video, it is ``apart_from``, or the camera cannot be opened.
    """
    number = str(source).removeprefix(_CAMERA)
    if number.isdecimal() and not Path(source).exists():
        return CameraFrames(int(number))
    if str(source).startswith(_CAMERA):
        raise ValueError(f'a camera is named by its number, {_CAMERA}0 the first, got {source}')
    return OwnFrames(source, apart_from)
