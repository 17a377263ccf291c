"""Where figures lie on the network's canvas [-1, 1], to compare labels, foregrounds and priors."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kpgan_mm.geometry import pixels_to_normalized

# MMPose's default of GetBBoxCenterScale.
_DEFAULT_PADDING = 1.25


class Canvas(NamedTuple):
    """How a pipeline crops: padding of the box, and (width, height) of the input."""

    padding: float
    input_size: tuple[int, int]


def canvas_of(pipeline: Sequence) -> Canvas | None:
    """Crop of a pipeline with ``GetBBoxCenterScale`` and ``TopdownAffine``; None if there is no such crop."""
    steps = {str(step.get('type', '')).rsplit('.', 1)[-1]: step for step in pipeline if isinstance(step, dict)}
    if 'TopdownAffine' not in steps or 'GetBBoxCenterScale' not in steps:
        return None
    padding = steps['GetBBoxCenterScale'].get('padding', _DEFAULT_PADDING)
    return Canvas(float(padding), tuple(steps['TopdownAffine']['input_size']))


def to_canvas(points: np.ndarray, box: np.ndarray, canvas: Canvas) -> np.ndarray:
    """Points (K, 2) in pixels to [-1, 1] of the crop of a box (4,) as x1 y1 x2 y2."""
    width, height = canvas.input_size
    extent = (box[2:] - box[:2]) * canvas.padding
    # TopdownAffine widens the box to the aspect of the input.
    full_width = max(extent[0], extent[1] * width / height)
    share = (points - (box[:2] + box[2:]) / 2) / [full_width, full_width * height / width] + 0.5
    return pixels_to_normalized(np.float32(share * [width, height]), size=(height, width))


def extent_of(points: np.ndarray) -> np.ndarray:
    """(x, y, size) of points (K, 2): centre of their bounding box and its longer side."""
    low, high = points.min(axis=0), points.max(axis=0)
    return np.array([*(low + high) / 2, (high - low).max()])


def mask_corners(mask: np.ndarray) -> np.ndarray | None:
    """Corners (2, 2), in pixels, of what is True in a mask (H, W), without stray specks; None if nothing is."""
    y, x = np.nonzero(mask)
    if len(x) == 0:
        return None
    # A hundredth of the pixels on each side may be noise.
    return np.array([np.percentile(x, [1, 99]), np.percentile(y, [1, 99])]).T
