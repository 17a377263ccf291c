"""eta: reads the keypoints off a skeleton image."""

import torch
from mmengine.model import BaseModule
from torch import Tensor

from kpgan_mm.geometry import marginal_soft_argmax
from kpgan_mm.registry import MODELS

from ..layers import INIT_CFG, EncoderTrunk


@MODELS.register_module()
class KeypointRegressor(BaseModule):
    """eta of Jakab et al. 2020 (section 3.2): skeleton image to keypoints through one heatmap a joint.

    Instance norms without running statistics make it behave the same in training and evaluation. 1,181,184 parameters
    for 32 joints.

    Args:
        num_keypoints (int): K.
        base_channels (int): width of the first level.
        init_cfg (dict | list, optional): MMEngine's initialisation, or ``dict(type='Pretrained', ...)`` to load the
            pre-trained regressor.
    """

    def __init__(self, num_keypoints: int, base_channels: int = 32, init_cfg=INIT_CFG) -> None:
        super().__init__(init_cfg=init_cfg)
        self.trunk = EncoderTrunk(1, num_keypoints, base_channels, norm='instance')
        # As in KeypointGAN, so that a stock estimator's convolutions round alike.
        self.to(memory_format=torch.channels_last)

    def heatmaps(self, skeleton: Tensor) -> Tensor:
        """Skeleton image ``(B, 1, H, W)`` to unbounded maps ``(B, K, H/8, W/8)``."""
        return self.trunk(skeleton)

    def forward(self, skeleton: Tensor) -> Tensor:
        """Skeleton image ``(B, 1, H, W)`` to keypoints ``(B, K, 2)`` as (x, y) in (-1, 1)."""
        return marginal_soft_argmax(self.heatmaps(skeleton))
