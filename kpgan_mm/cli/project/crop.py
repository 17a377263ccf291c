"""Where the figure is: around the poses of the prior, or where something moves before a camera that stands still."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from kpgan_mm.datasets.foreground import foreground_masks
from kpgan_mm.utils.config import ConfigError

from .videos import Survey, sample_frames

# Frames that are looked at, of all videos together and of one.
_NUM_FRAMES, _NUM_FRAMES_OF_ONE = 150, 50
# A difference to the median picture that counts as movement, in grey levels.
_THRESHOLD = 20.0
# This share of all movement lies in the box, along each axis; the rest is specks.
_KEPT = 0.98
_MARGIN = 0.1
# Where more of the picture changes, the camera moves or the light does.
_MOST_MOVING = 0.4
_LEAST_MOVING = 0.0005


@dataclass
class Crop:
    """The rectangle that all pictures are cut to.

    Attributes:
        box (tuple[int, int, int, int]): (x, y, width, height) in pixels.
        reason (str): how it was chosen, a sentence.
    """

    box: tuple[int, int, int, int]
    reason: str


@dataclass
class Motion:
    """Where something moves.

    Attributes:
        heat (np.ndarray): (H, W) share of the frames in which a pixel differs from the background.
        background (np.ndarray): (H, W, 3) uint8 BGR, of the first video.
        frames (np.ndarray): (T, H, W, 3) of the first video.
    """

    heat: np.ndarray
    background: np.ndarray
    frames: np.ndarray


def find_motion(survey: Survey) -> Motion:
    """Compares frames with the median picture of their video. All videos must have one size."""
    each = max(8, min(_NUM_FRAMES_OF_ONE, _NUM_FRAMES // len(survey.usable)))
    chosen = survey.usable[:: max(1, len(survey.usable) * each // _NUM_FRAMES)]
    heats, first = [], None
    for video in chosen:
        frames = sample_frames(video, each)
        first = frames if first is None else first
        if len(frames) >= 3:
            heats.append(foreground_masks(frames, _THRESHOLD).mean(axis=0))
    if not heats:
        raise ConfigError('Too few frames can be decoded to see what moves: give --crop X Y WIDTH HEIGHT.')
    return Motion(np.mean(heats, axis=0), np.median(first, axis=0).astype(np.uint8), first)


def crop_around_motion(motion: Motion) -> Crop:
    """The box around what moves, with a margin; the whole picture where that says nothing."""
    height, width = motion.heat.shape
    share = float(motion.heat.mean())
    if share > _MOST_MOVING:
        reason = (
            f'whole picture: {100 * share:.0f} % of it changes, so the camera seems to move or the light to change; '
            'give --boxes with the box of the figure in every frame'
        )
        return Crop((0, 0, width, height), reason)
    if share < _LEAST_MOVING:
        return Crop((0, 0, width, height), 'whole picture: nothing in it moves enough to be seen')
    ranges = []
    for axis in (0, 1):
        along = np.cumsum(motion.heat.sum(axis=axis))
        along /= along[-1]
        low, high = np.searchsorted(along, [(1 - _KEPT) / 2, (1 + _KEPT) / 2])
        ranges.append((float(low), float(high) + 1))
    box = _grown(ranges, _MARGIN, (width, height))
    return Crop(box, f'where something moves ({100 * share:.1f} % of the picture at a time), and a margin of 10 %')


def crop_around_poses(poses: np.ndarray, size: tuple[int, int]) -> Crop:
    """The box around all poses (N, K, 2) in pixels of pictures of ``size`` (width, height), with a margin."""
    points = poses[np.isfinite(poses).all(axis=(1, 2))].reshape(-1, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    box = _grown([(low[0], high[0] + 1), (low[1], high[1] + 1)], _MARGIN, size)
    return Crop(box, f'around all {len(points) // poses.shape[1]} complete poses of the prior, and a margin of 10 %')


def checked_crop(box: Sequence[int], size: tuple[int, int]) -> Crop:
    """A crop that the user gives.

    Raises:
        ConfigError: If it leaves the picture.
    """
    x, y, width, height = box
    if x < 0 or y < 0 or width < 8 or height < 8 or x + width > size[0] or y + height > size[1]:
        raise ConfigError(
            f'The crop {x} {y} {width} {height} (x, y, width, height) leaves the videos of {size[0]} x {size[1]} '
            'pixels, or is less than 8 pixels wide or high.'
        )
    return Crop((x, y, width, height), 'as you said')


def _grown(ranges: Sequence[tuple[float, float]], margin: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """A box (x, y, width, height) of (low, high) along x and y, with a margin on each side, within the picture."""
    ranges = [(low - margin * (high - low), high + margin * (high - low)) for low, high in ranges]
    lows = [max(0, int(low)) for low, _ in ranges]
    highs = [min(length, int(np.ceil(high))) for (_, high), length in zip(ranges, size, strict=True)]
    return lows[0], lows[1], highs[0] - lows[0], highs[1] - lows[1]


def draw_crop(file: Path, motion: Motion, crop: Crop, poses: np.ndarray | None = None) -> None:
    """Writes a picture: the background, in red what moves, in blue points of the prior, in green the crop."""
    picture = motion.background.astype(np.float32)
    strength = np.clip(3 * motion.heat, 0, 0.7)[..., None]
    picture = ((1 - strength) * picture + strength * np.array([40, 40, 255], np.float32)).astype(np.uint8)
    if poses is not None:
        for point in poses[np.isfinite(poses).all(axis=(1, 2))].reshape(-1, 2):
            cv2.circle(picture, tuple(int(value) for value in point.round()), 2, (255, 160, 40), -1, cv2.LINE_AA)
    x, y, width, height = crop.box
    cv2.rectangle(picture, (x, y), (x + width - 1, y + height - 1), (40, 220, 40), 2)
    cv2.imwrite(str(file), picture)


def choose_input_size(width: float, height: float) -> tuple[int, int]:
    """(width, height) of the network's input: multiples of 8 of nearly this aspect, about as many pixels as 64 x 64."""
    sides = range(48, 136, 8)

    def cost(size: tuple[int, int]) -> float:
        aspect = abs(np.log(size[0] / size[1] * height / width))
        return aspect + 0.3 * abs(np.log(size[0] * size[1] / 64**2))

    return min(((a, b) for a in sides for b in sides), key=cost)


def is_dark(motion: Motion, crop: Crop) -> bool:
    """Whether the mean of the grey levels in the crop is below a quarter of the range, as under infrared light."""
    x, y, width, height = crop.box
    return float(motion.frames[:, y : y + height, x : x + width].mean()) < 64
