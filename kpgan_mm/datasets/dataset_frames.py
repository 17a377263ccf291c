"""Pictures of a labelled data set as frames without labels, for training on single images."""

import numpy as np
from mmengine.registry import DATASETS as ROOT_DATASETS

from kpgan_mm.registry import TASK_UTILS

from .frame_sources import FrameSource


@TASK_UTILS.register_module()
class DatasetFrames(FrameSource):
    """Every instance of any MMPose data set as a video of one frame; its box is kept, its keypoints are not.

    For :class:`~.frame_pair_dataset.FramePairDataset` with ``frame_gap=(0, 0)``, where both frames of a pair are the
    same picture, to be told apart by a random warp (:class:`~.thin_plate_spline_pair.RandomThinPlateSplinePair`).

    Args:
        dataset: Config of the data set; its pipeline is not run.
        bad_data: See :class:`~.frame_sources.FrameSource`.

    Raises:
        ValueError: If the data set is empty.
    """

    def __init__(self, dataset: dict, bad_data: str = 'refuse') -> None:
        source = ROOT_DATASETS.build(dict(dataset, pipeline=[]))
        frames = []
        for index in range(len(source)):
            info = source.get_data_info(index)
            # The number keeps several instances of one picture apart.
            frame = dict(video_id=f'{info.get("img_path")} ({index})', frame_id=0)
            frame |= {key: info[key] for key in ('img', 'img_path') if info.get(key) is not None}
            if 'bbox' in info:
                frame['bbox'] = np.asarray(info['bbox'], dtype=np.float32).reshape(-1, 4)[0]
            frames.append(frame)
        super().__init__(frames, f'{dataset["type"]} {dataset.get("ann_file", "")}'.strip(), bad_data=bad_data)
