"""Pre-training of eta on prior poses alone: the stage that the released code never shipped."""

import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor

from kpgan_mm.registry import MODELS

from .phased_training import PhasedTraining


@MODELS.register_module()
class RegressorPretraining(PhasedTraining, BaseModel):
    """Draw a pose, read it off the drawing, compare (Jakab et al. 2020, section 3.2). No image is involved.

    Its checkpoint holds ``head.regressor.*`` under the names that :class:`KeypointGAN` uses.

    Args:
        head (dict): the same config as in the main training.
        test_cfg (dict, optional): as in ``TopdownPoseEstimator``.
        data_preprocessor (dict, optional): MMPose's by default; there are no pixels to normalise.
    """

    def __init__(self, head: dict, test_cfg: dict | None = None, data_preprocessor: dict | None = None) -> None:
        super().__init__(data_preprocessor=data_preprocessor or dict(type='mmpose.PoseDataPreprocessor'))
        self.head = MODELS.build(head)
        self.test_cfg = test_cfg or {}

    def forward(self, inputs: Tensor, data_samples: list, mode: str = 'tensor'):
        """``regressor`` gives the loss, ``predict`` the data samples with predictions, ``tensor`` the keypoints.

        Args:
            inputs (Tensor): not looked at.
            data_samples (list[PoseDataSample]): with ``gt_instance_labels.prior_keypoints (1, K, 2)`` in [-1, 1].
            mode (str): see above.
        """
        prior_keypoints = torch.cat([sample.gt_instance_labels.prior_keypoints for sample in data_samples])
        skeleton = self.head.render(prior_keypoints)
        if mode == 'regressor':
            return {'loss_prior': F.mse_loss(self.head(skeleton), prior_keypoints)}
        if mode == 'predict':
            predictions = self.head.predict(skeleton, data_samples, self.test_cfg)
            return TopdownPoseEstimator.add_pred_to_datasample(self, predictions, None, data_samples)
        return self.head(skeleton)
