"""Single frames of a source as an MMPose data set, for testing and for predictions on unlabelled video."""

import numpy as np
from mmpose.datasets.datasets.base import BaseCocoStyleDataset

from kpgan_mm.registry import DATASETS, TASK_UTILS
from kpgan_mm.utils.metainfo import load_metainfo

from .bad_data import BadData, BadDataError, check_keypoints, collecting
from .frame_sources import FrameSource, load_frame, place_of
from .image_files import image_size, read_image
from .transforms import whole_image_box


class PoseSampleDataset(BaseCocoStyleDataset):
    """Base of our labelled and test sets: MMPose's samples, without an annotation file.

    Sub-classes give :meth:`load_data_list`, and set ``bad_data`` there or before.

    Args:
        metainfo: Of the keypoints, as MMPose's data sets take it.
        pipeline: MMPose's transforms.
        test_mode: As in MMPose.
        indices: As in MMEngine: the first n samples, or a list of their numbers.
    """

    def __init__(self, metainfo: dict, pipeline: list = (), test_mode: bool = False, indices=None) -> None:
        if not metainfo:
            raise ValueError(f'{type(self).__name__} needs the metainfo of the keypoints')
        # Without transforms a set gives labels only, e.g. to a pose prior, and no picture is read.
        self._reads_pictures = bool(pipeline)
        super().__init__(
            metainfo=load_metainfo(metainfo), pipeline=list(pipeline), test_mode=test_mode, indices=indices
        )

    @property
    def keypoint_names(self) -> list[str]:
        """Names of the keypoints, in the order of the metainfo."""
        return [self._metainfo['keypoint_id2name'][index] for index in range(self._metainfo['num_keypoints'])]


def pose_sample(index: int, **entries) -> dict:
    """Entries that MMPose expects of every sample."""
    return dict(id=index, img_id=index, category_id=1, bbox_score=np.ones(1, dtype=np.float32)) | entries


@DATASETS.register_module()
class FrameDataset(PoseSampleDataset):
    """Every frame of a source, in order; with labels if the source has them.

    Where ``bad_data`` of the source is 'skip', every file is decoded once beforehand, since no other sample can stand
    in for one that is to be measured; what is left out is logged with its number.

    Besides MMPose's keys a sample has ``video_id``, ``frame_id`` and, where the source gives them, ``foreground`` or
    ``mask_path`` and ``activity``; name them in ``meta_keys`` of ``PackPoseInputs`` to have them in the data samples.

    Args:
        source: Config of a frame source (TASK_UTILS).
        stride: Every ``stride``-th frame of each video.
        metainfo, pipeline, test_mode, indices: See :class:`PoseSampleDataset`.

    Raises:
        ValueError: If no frame is left.
        BadDataError: If labels of the source are of another number of joints than the metainfo, or lie far outside the
            picture, or a file is not there, and ``bad_data`` of the source is 'refuse'.
    """

    def __init__(self, source: dict, metainfo: dict, stride: int = 1, **kwargs) -> None:
        self._source, self._stride = source, stride
        super().__init__(metainfo=metainfo, **kwargs)

    def load_data_list(self) -> list[dict]:
        """All frames as samples."""
        source = TASK_UTILS.build(self._source)
        self.bad_data: BadData = source.bad_data
        if self._reads_pictures:
            source.check_files()
        samples, before = [], len(self.bad_data.left_out)
        indices = [index for video in source.videos() for index in video[:: self._stride]]
        for index in indices:
            with self.bad_data.leaving_out():
                samples.append(self._sample(source, index))
        if len(self.bad_data.left_out) > before:
            self.bad_data.summarize(len(indices), 'frames')
        if not samples:
            raise ValueError(
                f'no frame of {self.bad_data.where} can be used, the first because {self.bad_data.left_out[0]}'
            )
        return samples

    def _sample(self, source: FrameSource, index: int) -> dict:
        """Frame ``index`` of the source as a sample.

        Raises:
            BadDataError: If its labels cannot be right, or, with 'skip', it cannot be read.
        """
        frame = source.frame(index)
        sample = pose_sample(index, **frame)
        if 'bbox' in sample:
            sample['bbox'] = sample['bbox'][None]
        elif 'img' in sample:
            sample['bbox'] = whole_image_box(sample['img'].shape)
        if 'keypoints' in sample:
            file, line = frame.get('label_file') or place_of(frame), frame.get('label_line', '')
            expected = self._metainfo['num_keypoints']
            if len(sample['keypoints']) != expected:
                raise BadDataError(
                    f'{file}{", " if line else ""}{line}: {len(sample["keypoints"])} joints at a frame, '
                    f'but metainfo "{self._metainfo["dataset_name"]}" has {expected}',
                    'joint-count',
                    file,
                    line,
                )
            if self._reads_pictures:
                size = frame['img'].shape[:2] if 'img' in frame else image_size(frame['img_path'])
                check_keypoints(frame['keypoints'], frame['keypoints_visible'], size, file, line, self.keypoint_names)
            sample['keypoints'] = sample['keypoints'][None]
            sample['keypoints_visible'] = sample['keypoints_visible'][None]
        if self._reads_pictures and self.bad_data.policy == 'skip' and not collecting():
            load_frame(frame)
            if 'mask_path' in frame:
                read_image(frame['mask_path'])
        return sample

    def get_data_info(self, idx: int) -> dict:
        """Sample ``idx``; the picture is read here only where its size is needed for the box."""
        info = super().get_data_info(idx)
        if 'bbox' not in info:
            info['img'] = load_frame(info)
            info['bbox'] = whole_image_box(info['img'].shape)
        return info

    def prepare_data(self, idx: int) -> dict:
        """Sample ``idx`` through the pipeline.

        Raises:
            BadDataError: If a file of it cannot be read, with what can be done about it.
        """
        try:
            return super().prepare_data(idx)
        except BadDataError as error:
            raise self.bad_data.refusal(error) from error
