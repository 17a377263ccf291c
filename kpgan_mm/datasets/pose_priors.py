"""Pose priors: sets of unpaired poses, which the generator's skeletons shall look like. No image is ever read.

A prior has ``poses`` (N, K, 2) in [-1, 1] of the network's input, ``sample(rng)`` and ``mean()``.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.registry import DATASETS as ROOT_DATASETS

from kpgan_mm.geometry import pixels_to_normalized
from kpgan_mm.registry import TASK_UTILS

from .pose_jitter import fit_to_canvas
from .puppets import make_puppet_poses


class PosePrior:
    """What all priors share: clean-up, box fitting, choice of a subset, and random draws with jitter.

    Args:
        poses: (N, K, 2). Poses with a value that is not finite are left out.
        num_poses: Keep this many poses; None keeps all. Without ``groups`` they are drawn without replacement. With
            groups each is drawn as :meth:`sample` does, group first, so a pose may come twice (the subsets of Jakab et
            al. 2020, table 5, as the released code makes them); from then on groups no longer count.
        seed: Of the subset.
        fit_padding: None leaves the poses where they are. A number fits every pose to the canvas with that padding
            (:func:`~.pose_jitter.fit_to_canvas`).
        input_size: With ``fit_padding``: (width, height) of ``TopdownAffine`` in the pipeline of the images, whose
            crops are half a pixel off the middle of the canvas. None: figures in the middle.
        jitter: Config of a :class:`~.pose_jitter.PoseJitter`, applied to each drawn pose.
        groups: (N,) labels, e.g. of the video. Then a group is drawn first, uniformly, and a pose of it second.
        keypoint_indices: Keep these joints, in this order, after the fit: the baseline of a model whose predictions are
            chosen by MMPose's ``test_cfg.output_keypoint_indices``. None keeps all.

    Attributes:
        poses: (N, K, 2) float32, without jitter.

    Raises:
        ValueError: If no complete pose is left, or fewer than ``num_poses``, or a joint is chosen that there is not.
    """

    def __init__(
        self,
        poses: np.ndarray,
        num_poses: int | None = None,
        seed: int = 0,
        fit_padding: float | None = None,
        jitter: dict | None = None,
        groups: Sequence | None = None,
        keypoint_indices: Sequence[int] | None = None,
        input_size: tuple[int, int] | None = None,
    ) -> None:
        poses = np.asarray(poses, dtype=np.float32)
        if poses.ndim != 3 or poses.shape[-1] != 2:
            raise ValueError(f'{type(self).__name__} needs poses of shape (N, K, 2), got {poses.shape}')
        keep = np.flatnonzero(np.isfinite(poses).all(axis=(1, 2)))
        if len(keep) == 0:
            raise ValueError(f'{type(self).__name__} found no complete pose among {len(poses)}')
        self._members = None if groups is None else _members(np.asarray(groups)[keep])
        if num_poses is not None:
            if not 1 <= num_poses <= len(keep):
                raise ValueError(f'{type(self).__name__}: num_poses={num_poses}, but there are {len(keep)} poses')
            rng = np.random.default_rng(seed)
            if groups is None:
                keep = np.sort(rng.permutation(keep)[:num_poses])
            else:
                keep = keep[[self._draw_index(rng) for _ in range(num_poses)]]
                self._members = None
        self.kept = keep
        self.poses = poses[keep]
        if fit_padding is not None:
            self.poses = fit_to_canvas(self.poses, fit_padding, input_size=input_size)
        self.keypoint_indices = _checked_indices(keypoint_indices, poses.shape[1], type(self).__name__)
        self.poses = self.poses[:, self.keypoint_indices]
        self.jitter = None if jitter is None else TASK_UTILS.build(jitter)

    def __len__(self) -> int:
        return len(self.poses)

    @property
    def num_keypoints(self) -> int:
        """K, the joints of each pose."""
        return self.poses.shape[1]

    def pose(self, index: int, rng: np.random.Generator) -> np.ndarray:
        """Pose ``index`` (K, 2) before jitter. Priors that make it anew each time use ``rng``."""
        return self.poses[index]

    def draw(self, index: int, rng: np.random.Generator) -> np.ndarray:
        """Pose ``index`` (K, 2) in [-1, 1], with the prior's jitter."""
        pose = self.pose(index, rng)
        return pose.copy() if self.jitter is None else self.jitter(pose, rng)

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        """Draws a random pose (K, 2) in [-1, 1]; ``rng`` makes every choice."""
        if self._members is None:
            return self.draw(int(rng.integers(len(self.poses))), rng)
        return self.draw(self._draw_index(rng), rng)

    def _draw_index(self, rng: np.random.Generator) -> int:
        members = self._members[rng.integers(len(self._members))]
        return int(members[rng.integers(len(members))])

    def mean(self) -> np.ndarray:
        """The mean pose (K, 2) in [-1, 1], without jitter: the baseline to print beside every score."""
        return self.poses.mean(axis=0)


def _members(labels: np.ndarray) -> list[np.ndarray]:
    """For each label the places where it stands."""
    numbers = np.unique(labels, return_inverse=True)[1]
    return [np.flatnonzero(numbers == number) for number in range(numbers.max() + 1)]


def _checked_indices(keypoint_indices: Sequence[int] | None, num_keypoints: int, who: str) -> list[int] | slice:
    if keypoint_indices is None:
        return slice(None)
    wrong = [index for index in keypoint_indices if not 0 <= index < num_keypoints]
    if wrong or not keypoint_indices:
        raise ValueError(f'{who}: keypoint_indices are of 0 to {num_keypoints - 1}, got {wrong or "none"}')
    return list(keypoint_indices)


@TASK_UTILS.register_module()
class NpzPosePrior(PosePrior):
    """Keypoints from an ``.npz`` file.

    Args:
        file: The file.
        key: Name of the array (N, K, 2), as (x, y).
        size: (height, width) in pixels of the picture that the keypoints refer to; None if the array holds [-1, 1]
            already, or any unit with ``fit_padding``.
        group_key: Name of an array (N,) of group labels; see :class:`PosePrior`.
        input_size: (width, height) of ``TopdownAffine`` in the pipeline of the images: poses come to where it puts them
            when it scales whole pictures of ``size``, up to half a pixel of the input from where -1 and 1 at the outer
            pixels of both would have them; or see :class:`PosePrior`. Of no account where it is ``size`` itself.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file lacks an array or holds no usable pose.
    """

    def __init__(
        self,
        file: str,
        key: str = 'keypoints',
        size: tuple[int, int] | None = None,
        group_key: str | None = None,
        input_size: tuple[int, int] | None = None,
        **kwargs,
    ) -> None:
        arrays = load_npz(file, [key] + ([group_key] if group_key else []))
        poses = arrays[key].astype(np.float32)
        if size is not None:
            height, width = size
            if input_size is not None:
                poses *= np.array(input_size, dtype=np.float32) / np.array([width, height], dtype=np.float32)
                width, height = input_size
            poses = pixels_to_normalized(poses, size=(height, width))
        elif kwargs.get('fit_padding') is None and np.nanmax(np.abs(poses)) > 4:
            raise ValueError(
                f'"{key}" of {file} reaches {np.nanmax(np.abs(poses)):g}, so it is not in [-1, 1]: give size=(height, '
                'width) of its pictures, or fit_padding'
            )
        groups = arrays[group_key] if group_key else None
        super().__init__(poses, groups=groups, input_size=input_size, **kwargs)


@TASK_UTILS.register_module()
class PuppetPosePrior(PosePrior):
    """Poses of the generated puppets, whose figures occur in no video of theirs.

    Args:
        num_poses, seed, image_size, law: See :func:`~.puppets.make_puppet_poses`.
        jitter: Config of a :class:`~.pose_jitter.PoseJitter`, applied to each drawn pose.
    """

    def __init__(
        self,
        num_poses: int = 10000,
        seed: int = 0,
        image_size: int = 64,
        law: str = 'puppets',
        jitter: dict | None = None,
    ) -> None:
        poses = make_puppet_poses(num_poses, seed, image_size, split='prior', law=law)
        super().__init__(pixels_to_normalized(poses, size=(image_size, image_size)), jitter=jitter)


@TASK_UTILS.register_module()
class DatasetPosePrior(PosePrior):
    """Keypoints of any MMPose data set, normalised by each sample's box just as the test pipeline crops the image.

    Args:
        dataset: Config of the data set; its pipeline is not run.
        padding: Of ``GetBBoxCenterScale`` in the pipeline of the images.
        input_size: (width, height) of ``TopdownAffine`` in that pipeline.
        visible_only: Leave out poses with a joint that is not labelled.

    Raises:
        ValueError: If the samples have no keypoints, or no boxes while ``fit_padding`` is not given either.
    """

    def __init__(
        self,
        dataset: dict,
        padding: float = 1.0,
        input_size: tuple[int, int] = (128, 128),
        visible_only: bool = True,
        **kwargs,
    ) -> None:
        fitted = kwargs.get('fit_padding') is not None
        source = ROOT_DATASETS.build(dict(dataset, pipeline=[]))
        poses = []
        for index in range(len(source)):
            info = source.get_data_info(index)
            if 'keypoints' not in info:
                raise ValueError(f'sample {index} of {dataset["type"]} has no keypoints, so it is no pose prior')
            keypoints = np.asarray(info['keypoints'], dtype=np.float32)[..., :2]
            if 'bbox' in info:
                keypoints = crop_poses(keypoints, np.asarray(info['bbox'], dtype=np.float32), padding, input_size)
            elif not fitted:
                raise ValueError(f'sample {index} of {dataset["type"]} has no box: give fit_padding to fit its poses')
            visible = np.asarray(info.get('keypoints_visible', np.ones(keypoints.shape[:-1])))
            visible = visible.reshape(*keypoints.shape[:-1], -1)[..., 0] > 0
            if visible_only:
                keypoints[~visible] = np.nan
            poses.append(keypoints)
        if not poses:
            raise ValueError(f'{dataset["type"]} is empty, so it is no pose prior')
        super().__init__(np.concatenate(poses), input_size=input_size, **kwargs)


def crop_poses(keypoints: np.ndarray, boxes: np.ndarray, padding: float, input_size: tuple[int, int]) -> np.ndarray:
    """Keypoints (N, K, 2) in pixels to [-1, 1] of the crop that MMPose makes for boxes (N, 4) as x1 y1 x2 y2."""
    width, height = input_size
    low, high = boxes[:, :2], boxes[:, 2:]
    extent = (high - low) * padding
    # TopdownAffine widens the box to the aspect of the input.
    full_width = np.maximum(extent[:, 0], extent[:, 1] * width / height)
    extent = np.stack([full_width, full_width * height / width], axis=-1)
    share = (keypoints - (low + high)[:, None] / 2) / extent[:, None] + 0.5
    return pixels_to_normalized(share * np.array([width, height], dtype=np.float32), size=(height, width))


def load_npz(file: str, keys: Sequence[str]) -> dict[str, np.ndarray]:
    """Reads named arrays, with a clear sentence where one is missing."""
    if not Path(file).is_file():
        raise FileNotFoundError(f'pose prior file {file} does not exist')
    with np.load(file) as archive:
        missing = [key for key in keys if key not in archive]
        if missing:
            raise ValueError(f'{file} has no array {", ".join(missing)}; it holds {", ".join(archive.files)}')
        return {key: archive[key] for key in keys}
