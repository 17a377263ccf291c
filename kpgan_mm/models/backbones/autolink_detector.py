"""AutoLink's detector up to its last layer, which the head holds (He, Wandt, Rhodin 2022)."""

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from kpgan_mm.registry import MODELS

from ..layers import LEAKY_INIT_CFG, leaky_conv_block, upsample


class _ResidualBlock(nn.Module):
    """Halves the picture: convolutions at full size, then 2 x 2 averages, in the branch and in the shortcut alike."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.widen = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.branch = nn.Sequential(
            nn.BatchNorm2d(out_channels),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(out_channels, out_channels, 3, padding=1),
            nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.shortcut_norm = nn.BatchNorm2d(out_channels)

    def forward(self, features: Tensor) -> Tensor:
        branch = self.branch(F.avg_pool2d(self.widen(features), 2))
        shortcut = self.shortcut_norm(F.avg_pool2d(self.shortcut(features), 2))
        return F.leaky_relu(branch + shortcut, 0.2)


@MODELS.register_module()
class AutoLinkDetector(BaseModule):
    """Four residual blocks down, two plain ones up, no skips: image to features at a quarter of its size.

    The convolution that makes one heatmap a keypoint of them is the head's, so that any MMPose backbone can take this
    one's place. 7,717,824 parameters with the default width.

    Args:
        in_channels (int): channels of the image.
        base_channels (int): width of the first block; doubles with each of the next three. The features have twice as
            many channels.
        init_cfg (dict | list, optional): MMEngine's initialisation; Kaiming's as released by default.
    """

    def __init__(self, in_channels: int = 3, base_channels: int = 64, init_cfg=LEAKY_INIT_CFG) -> None:
        super().__init__(init_cfg=init_cfg)
        w1, w2, w3, w4 = (base_channels * 2**level for level in range(4))
        self.down = nn.Sequential(
            _ResidualBlock(in_channels, w1), _ResidualBlock(w1, w2), _ResidualBlock(w2, w3), _ResidualBlock(w3, w4)
        )
        self.up = nn.Sequential(upsample(), leaky_conv_block(w4, w3), upsample(), leaky_conv_block(w3, w2))
        # As in the estimator, so that a stock estimator's convolutions round alike.
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Images to features.

        Args:
            images (Tensor): ``(B, 3, H, W)`` in ``[-1, 1]``; H and W are multiples of 16.

        Returns:
            tuple[Tensor]: ``(B, 2 * base_channels, H/4, W/4)``, a tuple as from any MMPose backbone.

        Raises:
            ValueError: for another height or width.
        """
        if images.shape[-1] % 16 or images.shape[-2] % 16:
            raise ValueError(f'image height and width must be multiples of 16, got {tuple(images.shape[-2:])}')
        return (self.up(self.down(images)),)
