"""IMM's keypoint detector: image to one heatmap a keypoint."""

import torch
from mmengine.model import BaseModule
from torch import Tensor

from kpgan_mm.registry import MODELS

from ..layers import INIT_CFG, EncoderTrunk


@MODELS.register_module()
class HeatmapEncoder(BaseModule):
    """Phi of IMM (Jakab, Gupta et al. 2018, section 3.1): KeypointGAN's encoder trunk, closed with K channels.

    The maps are logits for :class:`GaussianBottleneck`, at an eighth of the image's size. 1,179,616 parameters for 10
    keypoints with the default widths.

    Args:
        num_keypoints (int): K.
        in_channels (int): channels of the image.
        base_channels (int): width of the first level (32 as released).
        init_cfg (dict | list, optional): MMEngine's initialisation; by default N(0, 0.02) as for KeypointGAN.
    """

    def __init__(self, num_keypoints: int, in_channels: int = 3, base_channels: int = 32, init_cfg=INIT_CFG) -> None:
        super().__init__(init_cfg=init_cfg)
        self.trunk = EncoderTrunk(in_channels, num_keypoints, base_channels)
        # As in IMM, so that a stock estimator's convolutions round alike.
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Images ``(B, 3, H, W)`` to unbounded maps ``(B, K, H/8, W/8)``, a tuple as from any MMPose backbone."""
        return (self.trunk(images),)
