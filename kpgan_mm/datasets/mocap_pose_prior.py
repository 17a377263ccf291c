"""A pose prior from 3D motion capture, seen from random sides."""

from collections.abc import Sequence

import numpy as np

from kpgan_mm.registry import TASK_UTILS

from .pose_jitter import fit_to_canvas
from .pose_priors import PosePrior, load_npz


def project(joints: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """Orthographic view of bodies that face the camera at azimuth 0.

    Args:
        joints: (..., K, 3): x to the person's left, y up, z to where the person faces.
        azimuth: (...,) in degrees; positive turns the person to its left, i.e. to the right of the picture.

    Returns:
        np.ndarray: (..., K, 2), unit of ``joints``; x to the right of the picture, y down.
    """
    angle = np.radians(azimuth)[..., None]
    x = joints[..., 0] * np.cos(angle) + joints[..., 2] * np.sin(angle)
    return np.stack([x, -joints[..., 1]], axis=-1)


class RandomViewPrior(PosePrior):
    """3D joints, projected at a new random azimuth whenever one is drawn, and put onto the canvas.

    Without ``placement`` each figure is fitted to the canvas, as a box around a person is. With it figures keep their
    size when they raise an arm, and may leave the canvas, as in pictures of a camera that stands still.

    Args:
        joints: (N, K, 3), axes as in :func:`project`.
        azimuth: Range in degrees, uniform; (-180, 180) sees people from all sides.
        fit_padding: Padding of the fitted figure, see :func:`~.pose_jitter.fit_to_canvas`; unused with ``placement``.
        fit_joints: The joints that are fitted; None: all.
        placement: Ranges, each uniform: ``scale``, half canvases per 1000 units of the joints; ``x`` and ``y``, where
            their origin (the hip) comes to, in [-1, 1]. Joints outside the canvas go to its border, since no regressor
            can find them elsewhere.
        num_poses: Keep this many 3D poses; None keeps all.
        seed: Of the subset, and of the views in ``poses``.
        jitter: Config of a :class:`~.pose_jitter.PoseJitter`.
        keypoint_indices: See :class:`~.pose_priors.PosePrior`.
        input_size: Of the fit, see :func:`~.pose_jitter.fit_to_canvas`; unused with ``placement``.

    Attributes:
        poses: (N, K, 2): one view of every 3D pose, from which the mean is taken.

    Raises:
        ValueError: If ``placement`` is incomplete, or for what :class:`~.pose_priors.PosePrior` refuses.
    """

    def __init__(
        self,
        joints: np.ndarray,
        azimuth: tuple[float, float],
        fit_padding: float,
        fit_joints: Sequence[int] | None = None,
        placement: dict | None = None,
        num_poses: int | None = None,
        seed: int = 0,
        jitter: dict | None = None,
        keypoint_indices: Sequence[int] | None = None,
        input_size: tuple[int, int] | None = None,
    ) -> None:
        if placement is not None and set(placement) != {'scale', 'x', 'y'}:
            raise ValueError(f'placement needs the ranges scale, x and y, got {", ".join(placement) or "none"}')
        self.azimuth, self.placement = azimuth, placement
        self.fit = dict(padding=fit_padding, joints=fit_joints, input_size=input_size)
        views = self._view(joints, np.random.default_rng(seed))
        super().__init__(views, num_poses, seed, jitter=jitter, keypoint_indices=keypoint_indices)
        self.joints = joints[self.kept]

    def _view(self, joints: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Random views (N, K, 2) in [-1, 1] of bodies (N, K, 3)."""
        views = project(joints, rng.uniform(*self.azimuth, size=len(joints)))
        if self.placement is None:
            return fit_to_canvas(views, **self.fit)
        scale, x, y = (rng.uniform(*self.placement[name], size=(len(joints), 1)) for name in ('scale', 'x', 'y'))
        return np.clip(views * scale[..., None] / 1000 + np.stack([x, y], axis=-1), -1, 1)

    def pose(self, index: int, rng: np.random.Generator) -> np.ndarray:
        """A new view (K, 2) of 3D pose ``index``."""
        return self._view(self.joints[index : index + 1], rng)[0, self.keypoint_indices].astype(np.float32)


@TASK_UTILS.register_module()
class MocapPosePrior(RandomViewPrior):
    """Random views of the motion capture in an ``.npz`` file.

    Args:
        file: ``.npz`` file with the joints, root rotation removed; axes as in :func:`project`.
        key: Name of the array (N, K, 3).
        azimuth: Range in degrees, uniform; (-180, 180) sees people from all sides.
        fit_padding: See :class:`RandomViewPrior`.
        actions: Keep only poses whose label in the array ``action`` is one of these; None keeps all.
        kwargs: ``placement``, ``num_poses``, ``seed``, ``jitter``, ``keypoint_indices`` and ``input_size`` of
            :class:`RandomViewPrior`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file lacks an array, an action is unknown or no pose is left, or ``placement`` is incomplete.
    """

    def __init__(
        self,
        file: str,
        key: str = 'joints_3d',
        azimuth: tuple[float, float] = (-180.0, 180.0),
        fit_padding: float = 0.1,
        actions: list[str] | None = None,
        **kwargs,
    ) -> None:
        arrays = load_npz(file, [key] + (['action'] if actions else []))
        joints = arrays[key].astype(np.float32)
        if joints.ndim != 3 or joints.shape[-1] != 3:
            raise ValueError(f'"{key}" of {file} should have shape (N, K, 3), got {joints.shape}')
        if actions:
            unknown = set(actions) - set(arrays['action'])
            if unknown:
                known = ', '.join(sorted(set(arrays['action'])))
                raise ValueError(f'{file} has no action {", ".join(sorted(unknown))}; it has {known}')
            joints = joints[np.isin(arrays['action'], actions)]
        super().__init__(joints, azimuth, fit_padding, **kwargs)
