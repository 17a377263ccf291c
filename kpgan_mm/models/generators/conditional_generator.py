"""Psi: paints the image from its geometry and another image's appearance."""

import torch
from mmengine.model import BaseModule
from torch import Tensor

from kpgan_mm.registry import MODELS

from ..layers import INIT_CFG, EncoderTrunk
from .image_decoder import image_decoder


@MODELS.register_module()
class ConditionalGenerator(BaseModule):
    """Psi of Jakab et al. 2020 (section 3.1): clean skeleton and reference image to a reconstruction.

    Two separate encoders, one decoder, no skip connection: nothing of the reference's geometry is copied through. The
    output is unbounded (no tanh). 4,825,635 parameters with the default widths.

    Args:
        pose_channels (int): channels of the skeleton image.
        image_channels (int): channels of the reference image and of the output.
        base_channels (int): width of the first level.
        init_cfg (dict | list, optional): MMEngine's initialisation; by default N(0, 0.02) as released.
    """

    def __init__(
        self, pose_channels: int = 1, image_channels: int = 3, base_channels: int = 32, init_cfg=INIT_CFG
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        code_channels = 8 * base_channels
        self.pose_encoder = EncoderTrunk(pose_channels, code_channels, base_channels)
        self.appearance_encoder = EncoderTrunk(image_channels, code_channels, base_channels)
        self.decoder = image_decoder(2 * code_channels, image_channels, base_channels)

    def forward(self, skeleton: Tensor, reference: Tensor) -> Tensor:
        """Paint.

        Args:
            skeleton (Tensor): clean skeleton image ``(B, 1, H, W)`` in ``[-1, 1]``.
            reference (Tensor): reference image ``(B, 3, H, W)`` in ``[-1, 1]``.

        Returns:
            Tensor: reconstruction ``(B, 3, H, W)``, unbounded.
        """
        return self.decoder(torch.cat((self.pose_encoder(skeleton), self.appearance_encoder(reference)), dim=1))
