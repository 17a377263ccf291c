"""Which frames of the videos are used, how far those of a pair are apart, and the room that they take on the disk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from .videos import Survey, sample_frames

# An hour of video has five times as many, hardly different from their neighbours, and would fill the disk.
MOST_FRAMES = 20_000
_NUM_MEASURED = 4
_MEASURED_OF = 200


@dataclass
class Frames:
    """The frames that a project uses.

    Attributes:
        stride (int): one in so many is used.
        count (int): their number, of all videos together.
        total (int): frames of the videos.
        gap (tuple[int, int]): (least, most) distance of the two frames of a pair, in frames that are used.
        num_bytes (float): of their PNG files, estimated.
        boxed (int | None): how many of ``count`` have a box, where there is a table of these.
    """

    stride: int
    count: int
    total: int
    gap: tuple[int, int]
    num_bytes: float
    boxed: int | None = None

    @property
    def note(self) -> str:
        """A sentence for people."""
        room = f'{self.num_bytes / 1e9:.1f} GB' if self.num_bytes >= 1e8 else f'{self.num_bytes / 1e6:.1f} MB'
        which = f'all {self.total} are used'
        if self.stride > 1:
            which = f'one in {self.stride} of {self.total} is used (stride in data.py)'
        if self.boxed is not None:
            which = f'{self.boxed} of {self.count} have a box and are used'
            if self.stride > 1:
                which += f'; these are one in {self.stride} of {self.total} (stride in data.py)'
        taking = 'they' if self.boxed is None else f'all {self.count}'
        return f'{which}; as PNG files in .cache {taking} take about {room} of the disk'


def choose_frames(survey: Survey, crop: Sequence[int] | None, boxed: Sequence[int] = ()) -> Frames:
    """At most about :data:`MOST_FRAMES`, and pairs that are up to a second apart.

    Args:
        survey: Of the videos.
        crop: (x, y, width, height) in pixels that the frames are cut to; None keeps whole pictures.
        boxed: Numbers of the frames that have a box, of all videos; the others are decoded, yet not used.
    """
    total = sum(video.frames for video in survey.usable)
    stride = max(1, -(-total // MOST_FRAMES))
    # Where only some frames have a box, such as every fifth, another rhythm would miss them.
    if sum(frame % stride == 0 for frame in boxed) < len(boxed) / (2 * stride):
        stride = 1
    count = sum(-(-video.frames // stride) for video in survey.usable)
    shortest = min(-(-video.frames // stride) for video in survey.usable)
    most = round(float(np.clip(round(survey.rate), 10, 60)) / stride)
    least = max(1, min(round(3 / stride), shortest // 4))
    gap = (least, max(least + 1, min(most, shortest // 2)))
    first = survey.usable[0]
    images = sample_frames(replace(first, frames=min(first.frames, _MEASURED_OF)), _NUM_MEASURED)
    if crop is not None:
        x, y, width, height = crop
        images = images[:, y : y + height, x : x + width]
    each = float(np.mean([len(cv2.imencode('.png', image)[1]) for image in images]))
    num_boxed = sum(frame % stride == 0 for frame in boxed) if boxed else None
    return Frames(stride, count, total, gap, each * count, num_boxed)
