"""AutoLink's decoder: repaints an image from a few blocks of it and a drawing of edges (He, Wandt, Rhodin 2022)."""

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from kpgan_mm.registry import MODELS

from ..layers import LEAKY_INIT_CFG, leaky_conv_block, upsample


class _DownBlock(nn.Module):
    """Two convolutions, the picture halved before the last activation."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            leaky_conv_block(in_channels, out_channels),
            nn.Conv2d(out_channels, out_channels, 3, padding=1),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        return F.leaky_relu(F.avg_pool2d(self.convolutions(features), 2), 0.2)


def _up_block(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(
        upsample(), leaky_conv_block(in_channels, out_channels), leaky_conv_block(out_channels, out_channels)
    )


@MODELS.register_module()
class InpaintingUNet(BaseModule):
    """U-Net from a masked image and an edge map to the image.

    The mask itself is no input; blanked pixels are 0, mid-grey. The output is unbounded. 17,972,803 parameters with the
    default width, and the factor on the masked image.

    Args:
        edge_channels (int): channels of the edge map.
        image_channels (int): channels of the image.
        base_channels (int): width at full size; doubles with each of the first three halvings.
        init_cfg (dict | list, optional): MMEngine's initialisation; Kaiming's as released by default.
    """

    def __init__(
        self, edge_channels: int = 1, image_channels: int = 3, base_channels: int = 64, init_cfg=LEAKY_INIT_CFG
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        w0, w1, w2, w3 = (base_channels * 2**level for level in range(4))
        self.image_scale = nn.Parameter(torch.ones(()))
        self.first = nn.Conv2d(image_channels + edge_channels, w0, 3, padding=1)
        self.down = nn.ModuleList([_DownBlock(w0, w1), _DownBlock(w1, w2), _DownBlock(w2, w3), _DownBlock(w3, w3)])
        self.up = nn.ModuleList(
            [_up_block(w3, w3), _up_block(2 * w3, w2), _up_block(2 * w2, w1), _up_block(2 * w1, w0)]
        )
        self.last = nn.Conv2d(2 * w0, image_channels, 3, padding=1)

    def forward(self, edge_map: Tensor, masked: Tensor) -> Tensor:
        """Paint.

        Args:
            edge_map (Tensor): ``(B, 1, H, W)``, not negative; H and W are multiples of 16.
            masked (Tensor): masked image ``(B, 3, H, W)`` in ``[-1, 1]``.

        Returns:
            Tensor: reconstruction ``(B, 3, H, W)``, unbounded.

        Raises:
            ValueError: for another height or width.
        """
        if masked.shape[-1] % 16 or masked.shape[-2] % 16:
            raise ValueError(f'image height and width must be multiples of 16, got {tuple(masked.shape[-2:])}')
        features = F.leaky_relu(self.first(torch.cat((self.image_scale * masked, edge_map), dim=1)), 0.2)
        skips = []
        for block in self.down:
            skips.append(features)
            features = block(features)
        for block in self.up:
            features = torch.cat((block(features), skips.pop()), dim=1)
        return self.last(features)
