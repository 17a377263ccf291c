"""Turns the features of any MMPose backbone into a skeleton image, so that the pair can stand in for Phi."""

import math

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from kpgan_mm.registry import MODELS

from ..layers import INIT_CFG, conv_block, upsample


@MODELS.register_module()
class SkeletonDecoder(BaseModule):
    """Upsample the deepest feature map to the size of the image and draw one channel.

    Args:
        in_channels (int): channels of the backbone's last feature map.
        stride (int): its stride, a power of two (32 for a ResNet).
        base_channels (int): width at full resolution; the widths below double up to 256.
        init_cfg (dict | list, optional): MMEngine's initialisation.

    Raises:
        ValueError: if the stride is not a power of two.
    """

    def __init__(self, in_channels: int, stride: int = 32, base_channels: int = 32, init_cfg=INIT_CFG) -> None:
        super().__init__(init_cfg=init_cfg)
        doublings = int(math.log2(stride))
        if 2**doublings != stride:
            raise ValueError(f'stride must be a power of two, got {stride}')
        layers, width = [], in_channels
        for level in reversed(range(doublings)):
            narrower = min(base_channels * 2**level, 256)
            layers += [conv_block(width, narrower), upsample()]
            width = narrower
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, 1, 3, padding=1))
        # As in KeypointGAN, so that a stock estimator's convolutions round alike.
        self.to(memory_format=torch.channels_last)

    def forward(self, features: tuple[Tensor, ...]) -> tuple[Tensor]:
        """Features, the last ``(B, C, H / stride, W / stride)``, to one skeleton image ``(B, 1, H, W)``."""
        return (self.layers(features[-1]),)
