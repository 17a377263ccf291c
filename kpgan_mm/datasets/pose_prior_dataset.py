"""Poses without pictures, for pre-training the keypoint regressor on drawings (released code, its first phase)."""

import numpy as np

from kpgan_mm.geometry import normalized_to_pixels
from kpgan_mm.registry import DATASETS, TASK_UTILS

from .frame_pair_dataset import DrawDataset, check_prior
from .transforms import PackPairInputs


@DATASETS.register_module()
class PosePriorDataset(DrawDataset):
    """Random poses to train on, or a fixed set of other poses to validate with.

    A sample's pose is ``gt_instance_labels.prior_keypoints`` (1, K, 2) in [-1, 1] and, in pixels of ``input_size``,
    ``gt_instances.keypoints``, so MMPose's metrics work on predictions. ``inputs`` is an empty (3, 8, 8) picture.

    Args:
        prior: Config of a pose prior (TASK_UTILS).
        metainfo: Of the keypoints.
        num_held_out: Poses kept for validation; they are never drawn in training. The choice is fixed by ``seed``, so
            training and validation sets with equal ``prior``, ``num_held_out`` and ``seed`` share no pose. 0 trains on
            all poses; validation then needs another prior.
        jitter: Config of a :class:`~.pose_jitter.PoseJitter`, on top of the prior's own. In validation it is the same
            at every pass.
        input_size: (width, height) in pixels of the drawing.
        test_mode: True is the validation set, indexed from 0; False draws, as :class:`DrawDataset` does.
        seed: Of the choice of held-out poses.

    Raises:
        ValueError: If no pose is left to train on, or prior and metainfo disagree on the joints.
    """

    def __init__(
        self,
        prior: dict,
        metainfo: dict,
        num_held_out: int = 500,
        jitter: dict | None = None,
        input_size: tuple[int, int] = (128, 128),
        test_mode: bool = False,
        seed: int = 0,
    ) -> None:
        self.prior = TASK_UTILS.build(prior)
        if not (1 if test_mode else 0) <= num_held_out < len(self.prior):
            raise ValueError(
                f'num_held_out={num_held_out} of {len(self.prior)} poses leaves none to train or to validate on'
            )
        self.jitter = None if jitter is None else TASK_UTILS.build(jitter)
        self.input_size = tuple(input_size)
        order = np.random.default_rng(seed).permutation(len(self.prior))
        self.indices = np.sort(order[:num_held_out] if test_mode else order[num_held_out:])
        # The last step is part of the sample's form, hence no option.
        super().__init__(metainfo=metainfo, pipeline=[PackPairInputs()], test_mode=test_mode)
        check_prior(self.prior, self._metainfo)

    def load_data_list(self) -> list[dict]:
        """One entry per pose, which only gives the set its length."""
        return [dict(id=int(index)) for index in self.indices]

    def __getitem__(self, idx: int) -> dict:
        if self.test_mode and not -len(self) <= idx < len(self):
            raise IndexError(f'pose {idx} of {len(self)}')
        return super().__getitem__(idx % len(self) if self.test_mode else idx)

    def draw(self, idx: int, rng: np.random.Generator) -> dict:
        """Validation pose ``idx``, or a random pose."""
        place = idx if self.test_mode else int(rng.integers(len(self.indices)))
        pose = self.prior.draw(int(self.indices[place]), rng)
        if self.jitter is not None:
            pose = self.jitter(pose, rng)
        width, height = self.input_size
        return dict(
            id=idx,
            img_id=idx,
            category_id=1,
            img=np.zeros((8, 8, 3), dtype=np.uint8),
            img_path=None,
            prior_keypoints=pose[None],
            keypoints=normalized_to_pixels(pose, size=(height, width)).astype(np.float32)[None],
            keypoints_visible=np.ones((1, len(pose)), dtype=np.float32),
            bbox=np.array([[0, 0, width, height]], dtype=np.float32),
            bbox_score=np.ones(1, dtype=np.float32),
            img_shape=(height, width),
            ori_shape=(height, width),
            input_size=self.input_size,
            input_center=np.array([width / 2, height / 2], dtype=np.float32),
            input_scale=np.array([width, height], dtype=np.float32),
        )
