"""Single frames of a source as an MMPose data set, for testing and for predictions on unlabelled video."""

import numpy as np
from mmpose.datasets.datasets.base import BaseCocoStyleDataset

from kpgan_mm.registry import DATASETS, TASK_UTILS
from kpgan_mm.utils.metainfo import load_metainfo

from .frame_sources import load_frame
from .transforms import whole_image_box


class PoseSampleDataset(BaseCocoStyleDataset):
    """Base of our labelled and test sets: MMPose's samples, without an annotation file.

    Sub-classes give :meth:`load_data_list`.

    Args:
        metainfo: Of the keypoints, as MMPose's data sets take it.
        pipeline: MMPose's transforms.
        test_mode: As in MMPose.
        indices: As in MMEngine: the first n samples, or a list of their numbers.
    """

    def __init__(self, metainfo: dict, pipeline: list = (), test_mode: bool = False, indices=None) -> None:
        if not metainfo:
            raise ValueError(f'{type(self).__name__} needs the metainfo of the keypoints')
        super().__init__(
            metainfo=load_metainfo(metainfo), pipeline=list(pipeline), test_mode=test_mode, indices=indices
        )


def pose_sample(index: int, **entries) -> dict:
    """Entries that MMPose expects of every sample."""
    return dict(id=index, img_id=index, category_id=1, bbox_score=np.ones(1, dtype=np.float32)) | entries


@DATASETS.register_module()
class FrameDataset(PoseSampleDataset):
    """Every frame of a source, in order; with labels if the source has them.

    Besides MMPose's keys a sample has ``video_id``, ``frame_id`` and, where the source gives them, ``foreground`` or
    ``mask_path`` and ``activity``; name them in ``meta_keys`` of ``PackPoseInputs`` to have them in the data samples.

    Args:
        source: Config of a frame source (TASK_UTILS).
        stride: Every ``stride``-th frame of each video.
        metainfo, pipeline, test_mode, indices: See :class:`PoseSampleDataset`.

    Raises:
        ValueError: If the labels of the source are of another number of joints than the metainfo.
    """

    def __init__(self, source: dict, metainfo: dict, stride: int = 1, **kwargs) -> None:
        self._source, self._stride = source, stride
        super().__init__(metainfo=metainfo, **kwargs)

    def load_data_list(self) -> list[dict]:
        """All frames as samples."""
        source = TASK_UTILS.build(self._source)
        expected = self._metainfo['num_keypoints']
        samples = []
        for index in [index for video in source.videos() for index in video[:: self._stride]]:
            sample = pose_sample(index, **source.frames[index])
            if 'bbox' in sample:
                sample['bbox'] = sample['bbox'][None]
            elif 'img' in sample:
                sample['bbox'] = whole_image_box(sample['img'].shape)
            if 'keypoints' in sample:
                if len(sample['keypoints']) != expected:
                    raise ValueError(
                        f'{type(source).__name__} has {len(sample["keypoints"])} joints at a frame, '
                        f'but metainfo "{self._metainfo["dataset_name"]}" has {expected}'
                    )
                sample['keypoints'] = sample['keypoints'][None]
                sample['keypoints_visible'] = sample['keypoints_visible'][None]
            samples.append(sample)
        return samples

    def get_data_info(self, idx: int) -> dict:
        """Sample ``idx``; the picture is read here only where its size is needed for the box."""
        info = super().get_data_info(idx)
        if 'bbox' not in info:
            info['img'] = load_frame(info)
            info['bbox'] = whole_image_box(info['img'].shape)
        return info
