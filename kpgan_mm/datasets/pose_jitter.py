"""Box fitting and random jitter of poses: how one pose becomes many when a regressor is pre-trained on drawings.

The jitter follows the released KeypointGAN's landmark augmentation: rotate and fit again, zoom, aspect, shift, in this
order, on poses that were fitted to the canvas before.
"""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from kpgan_mm.geometry import mirror_keypoints
from kpgan_mm.registry import TASK_UTILS

# The coordinate that changes its sign when a picture is mirrored, by MMPose's names for the direction.
_AXES = {'horizontal': 0, 'vertical': 1}

# Shorter extents are taken for zero: a pose of one point is centred, not blown up.
_SMALLEST_EXTENT = 1e-6


def fit_to_canvas(
    poses: np.ndarray,
    padding: float = 0.0,
    joints: Sequence[int] | None = None,
    input_size: tuple[int, int] | None = None,
) -> np.ndarray:
    """Moves and scales poses so that their larger extent fills the canvas and the shorter one is centred.

    Args:
        poses: (..., K, 2), any unit.
        padding: Free margin on each side as a share of the figure: it is scaled by ``1 / (1 + 2 padding)`` in the end.
        joints: Those whose extent counts; the others may leave the canvas. None: all.
        input_size: (width, height) of ``TopdownAffine``: figures come to where it puts them when it crops a picture to
            the box around them, widened by ``1 + 2 padding``. It has the middle of the box at pixel n / 2 of n, half a
            pixel beyond that of the canvas. None: the middle of the canvas, for drawings that belong to no picture.

    Returns:
        np.ndarray: (..., K, 2) in [-1, 1], aspect kept.
    """
    counted = poses if joints is None else poses[..., list(joints), :]
    low, high = counted.min(axis=-2, keepdims=True), counted.max(axis=-2, keepdims=True)
    extent = np.maximum((high - low).max(axis=-1, keepdims=True), _SMALLEST_EXTENT)
    fitted = (poses - (low + high) / 2) * (2 / extent) / (1 + 2 * padding)
    if input_size is None:
        return fitted
    # The box is n pixels wide; the canvas is n - 1 from the first pixel's centre to the last one's.
    size = np.array(input_size, dtype=fitted.dtype)
    return (fitted + 1) * (size / (size - 1)) - 1


@TASK_UTILS.register_module()
class PoseJitter:
    """Random change of a pose (K, 2) in [-1, 1].

    Args:
        rotate: Range of the angle in degrees, uniform; positive turns counter-clockwise as seen in the picture. The
            result is fitted to the canvas again. None: off.
        zoom: Range (z0, z1) of the factor ``z0 + (z1 - z0) (1 + T)``, where T is a standard normal variable truncated
            to [-1, 0]: large figures are favoured. None: off.
        aspect: Range of the factor on the height alone, uniform. None: off.
        shift: True shifts uniformly to wherever all points stay in the canvas; a number limits the shift of each axis
            to it (in units of half the canvas); False is off. A pose larger than the canvas is centred.
        mirror: ``dict(direction='horizontal' | 'vertical', flip_indices=[...])`` mirrors every other pose and exchanges
            left and right. Goes with ``RandomFlip(prob=0.5, direction=...)`` in the pipeline of the images: where video
            and poses lean to different sides, both become symmetric.
        noise: Standard deviation of a displacement of every joint by itself, in units of half the canvas; not in the
            released helpers. With few poses it teaches the regressor to read drawings rather than to recall poses.

    Raises:
        ValueError: For a range that is no pair in ascending order, a negative shift or noise, or an unknown direction.
    """

    def __init__(
        self,
        rotate: tuple[float, float] | None = None,
        zoom: tuple[float, float] | None = (0.5, 1.0),
        aspect: tuple[float, float] | None = None,
        shift: bool | float = True,
        mirror: dict | None = None,
        noise: float = 0.0,
    ) -> None:
        for name, limits in (('rotate', rotate), ('zoom', zoom), ('aspect', aspect)):
            if limits is not None and (len(limits) != 2 or limits[0] > limits[1]):
                raise ValueError(f'{name} of PoseJitter is a pair (least, most), got {limits}')
        if shift < 0:
            raise ValueError(f'shift of PoseJitter is True, False or a positive limit, got {shift}')
        if noise < 0:
            raise ValueError(f'noise of PoseJitter is a standard deviation, got {noise}')
        if mirror is not None and mirror.get('direction') not in _AXES:
            raise ValueError(f"mirror of PoseJitter needs direction='horizontal' or 'vertical', got {mirror}")
        self.mirror = mirror
        self.rotate, self.zoom, self.aspect, self.shift, self.noise = rotate, zoom, aspect, shift, noise

    def __call__(self, pose: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Returns a changed copy; ``rng`` makes every choice."""
        if self.rotate is not None:
            angle = np.radians(rng.uniform(*self.rotate))
            cosine, sine = np.cos(angle), np.sin(angle)
            # The released code rotates (y, x): y' = c y - s x, x' = s y + c x.
            pose = fit_to_canvas(pose @ np.array([[cosine, -sine], [sine, cosine]], dtype=pose.dtype))
        if self.mirror is not None and rng.random() < 0.5:
            pose = mirror_keypoints(pose, self.mirror['flip_indices'])
            pose[..., _AXES[self.mirror['direction']]] *= -1
        if self.zoom is not None:
            pose = pose * (self.zoom[0] + (self.zoom[1] - self.zoom[0]) * (1 + _truncated_normal(rng)))
        if self.aspect is not None:
            pose = pose * np.array([1.0, rng.uniform(*self.aspect)])
        if self.shift is not False:
            pose = pose + self._random_shift(pose, rng)
        if self.noise:
            # A regressor finds nothing beyond the border.
            pose = np.clip(pose + self.noise * rng.standard_normal(pose.shape), -1, 1)
        return pose.astype(np.float32)

    def _random_shift(self, pose: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        low, high = -1 - pose.min(axis=0), 1 - pose.max(axis=0)
        too_large = low > high
        if self.shift is not True:
            # At least what it takes to bring the figure into the canvas.
            low, high = np.minimum(np.maximum(low, -self.shift), high), np.maximum(np.minimum(high, self.shift), low)
        middle = (low + high) / 2
        return np.where(too_large, middle, rng.uniform(np.minimum(low, high), np.maximum(low, high)))


def _truncated_normal(rng: np.random.Generator) -> float:
    """A standard normal variable, given that it lies in [-1, 0]."""
    normal = NormalDist()
    return normal.inv_cdf(rng.uniform(normal.cdf(-1.0), 0.5))
