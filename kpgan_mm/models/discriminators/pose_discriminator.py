"""D: does this skeleton image look like one drawn from a real pose?"""

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from kpgan_mm.registry import MODELS

from ..layers import INIT_CFG
from ..lean_layers import LeanSequential


@MODELS.register_module()
class PoseDiscriminator(BaseModule):
    """Patch discriminators at several scales (Jakab et al. 2020, section 3.1; pix2pixHD's multi-scale form).

    Independent copies judge the image at 1, 1/2, 1/4 ... of its size. With the defaults each has 2,762,689 parameters,
    a receptive field of 70 pixels, and maps of 14, 6 and 2 pixels for an image of 128.

    Args:
        in_channels (int): channels of the skeleton image.
        base_channels (int): width of the first layer.
        num_scales (int): number of copies.
        num_strided (int): strided layers of each copy; 3 as released, 2 for images of 64 pixels.
        init_cfg (dict | list, optional): MMEngine's initialisation; by default N(0, 0.02) as released.
    """

    def __init__(
        self,
        in_channels: int = 1,
        base_channels: int = 64,
        num_scales: int = 3,
        num_strided: int = 3,
        init_cfg=INIT_CFG,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.smallest = 3 * 2 ** (num_strided + num_scales - 1)
        self.scales = nn.ModuleList(
            self._patch_discriminator(in_channels, base_channels, num_strided) for _ in range(num_scales)
        )

    @staticmethod
    def _patch_discriminator(in_channels: int, base_channels: int, num_strided: int) -> LeanSequential:
        layers = [nn.Conv2d(in_channels, base_channels, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
        width = base_channels
        for layer in range(1, num_strided + 1):
            stride = 2 if layer < num_strided else 1
            layers += [
                nn.Conv2d(width, 2 * width, 4, stride, 1),
                nn.InstanceNorm2d(2 * width),
                nn.LeakyReLU(0.2, inplace=True),
            ]
            width *= 2
        return LeanSequential(*layers, nn.Conv2d(width, 1, 4, 1, 1))

    def forward(self, skeleton: Tensor) -> list[Tensor]:
        """Judge patches.

        Args:
            skeleton (Tensor): ``(B, 1, H, W)``.

        Returns:
            list[Tensor]: one map ``(B, 1, h_s, w_s)`` a scale, unbounded; 1 means real under LSGAN.

        Raises:
            ValueError: if the image is too small for the smallest scale to keep a patch.
        """
        if min(skeleton.shape[-2:]) < self.smallest:
            raise ValueError(
                f'PoseDiscriminator needs skeleton images of at least {self.smallest} pixels, got '
                f'{tuple(skeleton.shape[-2:])}: use fewer num_scales or num_strided'
            )
        maps = []
        for s, discriminator in enumerate(self.scales):
            # Plain bilinear samples, not an average of the whole cell: as released.
            scaled = (
                F.interpolate(skeleton, scale_factor=0.5**s, mode='bilinear', align_corners=False) if s else skeleton
            )
            maps.append(discriminator(scaled))
        return maps
