"""Pairs of frames and nothing else: what methods train on that need no poses."""

from kpgan_mm.registry import DATASETS

from .frame_pair_dataset import FramePairDataset


@DATASETS.register_module()
class UnposedPairDataset(FramePairDataset):
    """:class:`FramePairDataset` without a pose prior.

    Args:
        metainfo: Of the keypoints to be discovered, ``dict(num_keypoints=K)``; or as MMPose's data sets take it.
        source, frame_gap, order, pipeline: See :class:`FramePairDataset`.
    """

    def __init__(self, metainfo: dict, **kwargs) -> None:
        super().__init__(prior=None, metainfo=metainfo, **kwargs)
