"""Data samples for metrics, as a top-down estimator leaves them."""

import numpy as np
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample


def sample(prediction, truth, activity=None, visible=None, box=(0.0, 0.0, 100.0, 100.0), **meta) -> dict:
    """One image; by default its box is 100 pixels wide, so that pixels are per cent.

    Args:
        prediction: (P, 2) pixels.
        truth: (K, 2) pixels.
        activity: Meta key.
        visible: K flags, all 1 by default.
        box: x1, y1, x2, y2.
        meta: More meta keys.
    """
    if activity is not None:
        meta['activity'] = activity
    truth = np.asarray(truth, np.float64)
    visible = np.ones(len(truth)) if visible is None else np.asarray(visible, np.float64)
    data_sample = PoseDataSample(metainfo=meta)
    data_sample.gt_instances = InstanceData(
        bboxes=np.array([box]), keypoints=truth[None], keypoints_visible=visible[None].astype(np.float32)
    )
    data_sample.pred_instances = InstanceData(keypoints=np.asarray(prediction, np.float64)[None])
    return data_sample.to_dict()


def meta(names, flip_indices=None) -> dict:
    """What metrics read of a data set's metainfo."""
    return {
        'flip_indices': list(range(len(names))) if flip_indices is None else list(flip_indices),
        'keypoint_id2name': dict(enumerate(names)),
        'keypoint_name2id': {name: joint for joint, name in enumerate(names)},
    }
