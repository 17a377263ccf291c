"""Frames of an image, a folder, a video or a camera of the user's, one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from kpgan_mm.datasets.bad_data import BadData, BadDataError
from kpgan_mm.datasets.image_files import IMAGE_SUFFIXES, natural_key, read_image
from kpgan_mm.datasets.video_files import VIDEO_SUFFIXES, promised_frames, video_frames

from .prediction_record import written_files

# Frames a second of pictures that belong to no video.
_STILL_RATE = 10.0
_MOST_RATE = 1000.0
# A video that gives fewer than these of the frames that it promises is damaged.
_READ_OF_PROMISED = 0.98
# How folders of predictions that are not finished begin.
UNFINISHED = '.unfinished-'
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

    Results of predictions that lie in the folder are left out. One frame is in memory at a time, whatever the length.
    Images are read as colours: grey ones get three equal channels, alpha is dropped, EXIF's rotation is carried out.
    Files and frames that cannot be read are left out.

    Args:
        source: The file or folder.

    Attributes:
        files: The images and videos.
        is_video: Whether the source is one video.
        rate: Frames a second to show them at: a single video's own.
        bad_data: Has what was left out so far.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If it is, or holds, neither image nor video.
    """

    def __init__(self, source: str | Path) -> None:
        self.source = Path(source)
        if not self.source.exists():
            raise FileNotFoundError(f'there is no image, video or folder {source}')
        known = (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)
        found = sorted(self.source.rglob('*'), key=natural_key) if self.source.is_dir() else [self.source]
        # A file that is named itself is wanted, whoever wrote it.
        folders = {file.parent for file in found} if self.source.is_dir() else ()
        ours = {file for folder in folders for file in written_files(folder)}
        self.files = [
            file
            for file in found
            if file.is_file()
            and file.suffix.lower() in known
            and file not in ours
            and not any(part.startswith(UNFINISHED) for part in file.parts)
        ]
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
        number = -1
        for number, image in video_frames(file):
            if image is None:
                message = f'frame {number} of {file} cannot be decoded'
                self.bad_data.found(BadDataError(message, 'unreadable-video', file, f'frame {number}'))
            else:
                yield OwnFrame(f'{name}/{number:08d}', name, number, image, of_video=True)
        promised = promised_frames(file)
        if promised and number + 1 < min(_READ_OF_PROMISED * promised, promised - 1):  # some count roughly
            message = f'{file} says that it has {promised} frames, and {number + 1} can be read: it is damaged there'
            self.bad_data.found(BadDataError(message, 'unreadable-video', file, f'frame {number + 1}'))


def rate_of(video: Path) -> float:
    """Frames a second of a video; 10 where it does not say, or something that no player would show."""
    rate = cv2.VideoCapture(str(video)).get(cv2.CAP_PROP_FPS)
    return rate if 0 < rate <= _MOST_RATE else _STILL_RATE


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


def open_frames(source: str | Path) -> OwnFrames | CameraFrames:
    """The frames of a file or a folder; ``webcam:0``, or ``0`` where no file is called so, is the first camera.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If it is, or holds, neither image nor video, or the camera cannot be opened.
    """
    number = str(source).removeprefix(_CAMERA)
    if number.isdecimal() and not Path(source).exists():
        return CameraFrames(int(number))
    if str(source).startswith(_CAMERA):
        raise ValueError(f'a camera is named by its number, {_CAMERA}0 the first, got {source}')
    return OwnFrames(source)
