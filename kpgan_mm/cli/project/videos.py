"""What videos there are, and whether they will do."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from kpgan_mm.datasets.image_files import image_files
from kpgan_mm.datasets.video_files import VIDEO_SUFFIXES
from kpgan_mm.utils.config import ConfigError

# Fewer frames make hardly any pairs.
LEAST_FRAMES = 10


@dataclass
class Video:
    """A video.

    Attributes:
        path (Path): of the file, absolute.
        size (tuple[int, int]): (width, height) in pixels; (0, 0) if it cannot be read.
        frames (int): their number, as the file says it; counted where it says nothing.
        rate (float): frames per second.
        problem (str): why it cannot be used; empty if it can.
    """

    path: Path
    size: tuple[int, int] = (0, 0)
    frames: int = 0
    rate: float = 0.0
    problem: str = ''


@dataclass
class Survey:
    """All videos of a project.

    Attributes:
        videos (list[Video]): all that were found.
        num_deeper (int): videos in sub-folders, which are not looked at.
    """

    videos: list[Video] = field(default_factory=list)
    num_deeper: int = 0

    @property
    def usable(self) -> list[Video]:
        """The videos without a problem."""
        return [video for video in self.videos if not video.problem]

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Different (width, height) among the usable ones."""
        return sorted({video.size for video in self.usable})

    @property
    def rate(self) -> float:
        """Frames per second of most of the time."""
        return float(np.median([video.rate or 30.0 for video in self.usable]))


def survey_videos(source: Path) -> Survey:
    """Opens a video, or every video of a folder.

    Raises:
        ConfigError: If there is no such file or folder, or no video in it.
    """
    if not source.exists():
        raise ConfigError(f'There are no videos {source}.')
    if source.is_file() and source.suffix.lower() not in VIDEO_SUFFIXES:
        raise ConfigError(f'{source} is no video: these end in {", ".join(VIDEO_SUFFIXES)}.')
    paths = [source] if source.is_file() else image_files(source, VIDEO_SUFFIXES)
    deeper = [path for path in source.glob('*/**/*') if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()]
    if not paths:
        more = f'; the {len(deeper)} in its sub-folders are not looked at: name one of these' if deeper else ''
        raise ConfigError(f'{source} holds no video ({", ".join(VIDEO_SUFFIXES)}){more}.')
    return Survey([_open(path.resolve()) for path in paths], len(deeper))


def _open(path: Path) -> Video:
    capture = cv2.VideoCapture(str(path))
    try:
        readable, image = capture.read() if capture.isOpened() else (False, None)
        if not readable:
            return Video(path, problem='cannot be read: no video, damaged, or of an unknown codec')
        frames = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        if frames < 1:  # recorders that write as they go, such as OBS and browsers, leave the length out
            frames = 1
            while capture.grab():
                frames += 1
        video = Video(path, (image.shape[1], image.shape[0]), frames, capture.get(cv2.CAP_PROP_FPS))
        if frames < LEAST_FRAMES:
            video.problem = f'too short: {frames} frames, and pairs need at least {LEAST_FRAMES}'
        return video
    finally:
        capture.release()


def sample_frames(video: Video, count: int) -> np.ndarray:
    """Frames (T, H, W, 3) uint8 BGR of a video, at most ``count``, evenly spread, without those that are damaged.

    Raises:
        ConfigError: If none can be read.
    """
    wanted = set(np.unique(np.linspace(0, video.frames - 1, count).round().astype(int)).tolist())
    capture, images = cv2.VideoCapture(str(video.path)), []
    try:
        # Seeking lands beside the frame in many files, and decodes from the last key frame anyway.
        for number in range(max(wanted) + 1):
            if not capture.grab():
                break
            if number in wanted:
                readable, image = capture.retrieve()
                if readable:
                    images.append(image)
    finally:
        capture.release()
    if not images:
        raise ConfigError(f'No frame of {video.path} can be decoded.')
    return np.stack(images)
