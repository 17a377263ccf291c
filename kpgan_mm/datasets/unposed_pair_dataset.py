"""Pairs of frames and nothing else: what methods train on that need no poses."""

import numpy as np

from kpgan_mm.registry import DATASETS, TASK_UTILS
from kpgan_mm.utils.metainfo import load_metainfo

from .frame_pair_dataset import FramePairDataset


@DATASETS.register_module()
class UnposedPairDataset(FramePairDataset):
    """:class:`FramePairDataset` without a pose prior; its samples have no ``prior_keypoints``.

    Args:
        metainfo: Of the keypoints to be discovered, ``dict(num_keypoints=K)``; or as MMPose's data sets take it.
        source, frame_gap, order, pipeline: See :class:`FramePairDataset`.
    """

    def __init__(self, metainfo: dict, **kwargs) -> None:
        num_keypoints = len(load_metainfo(metainfo)['keypoint_info'])
        super().__init__(prior=dict(type='kpgan_mm._NoPoses', num_keypoints=num_keypoints), metainfo=metainfo, **kwargs)

    def draw(self, idx: int, rng: np.random.Generator) -> dict:
        """One random pair."""
        info = super().draw(idx, rng)
        info.pop('prior_keypoints')
        return info


@TASK_UTILS.register_module()
class _NoPoses:
    """Takes a prior's place."""

    def __init__(self, num_keypoints: int) -> None:
        self.num_keypoints = num_keypoints

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        return np.zeros((self.num_keypoints, 2), dtype=np.float32)
