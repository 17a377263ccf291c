"""The metric of the paper on predictions that lie in memory."""

import numpy as np
import torch
from mmengine.logging import MMLogger
from mmengine.structures import InstanceData
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.structures import PoseDataSample

from kpgan_mm.evaluation import KeypointGANMetric
from kpgan_mm.utils.metainfo import load_metainfo

from ..cases import Call, Case

_METAINFO = dict(from_file='kpgan_mm/datasets/metainfo/h36m_simple.py')
_BOX = 128.0


def metric(number: int) -> Case:
    """Mean error in per cent of the image side, against the same written in one line."""
    meta = parse_pose_metainfo(load_metainfo(_METAINFO))
    joints = meta['num_keypoints']
    rng = np.random.default_rng(0)
    truths = rng.uniform(0, _BOX, (number, 1, joints, 2))
    predictions = truths + rng.normal(0, 3, truths.shape)

    def ours() -> Call:
        MMLogger.get_current_instance().setLevel('WARNING')  # no line a call
        samples = []
        for truth, predicted in zip(truths, predictions, strict=True):
            sample = PoseDataSample(metainfo=dict(activity='walking'))
            sample.gt_instances = InstanceData(
                bboxes=np.array([[0, 0, _BOX, _BOX]]),
                keypoints=truth,
                keypoints_visible=np.ones((1, joints), np.float32),
            )
            sample.pred_instances = InstanceData(keypoints=predicted)
            samples.append(sample.to_dict())

        def call() -> dict:
            keypointgan = KeypointGANMetric()
            keypointgan.dataset_meta = meta
            keypointgan.process({}, samples)
            return dict(error=torch.tensor(keypointgan.evaluate(number)['keypointgan/error']))

        return call

    def reference() -> Call:
        def call() -> dict:
            errors = [np.linalg.norm(p - t, axis=-1).mean() for p, t in zip(predictions, truths, strict=True)]
            return dict(error=torch.tensor(100 * np.mean(errors) / _BOX))

        return call

    return Case('evaluation', f'{number} predictions', dict(reference=reference, ours=ours), images=number)
