"""Psi of IMM: paints the image from maps of its keypoints and another image's appearance."""

import torch
from mmengine.model import BaseModule
from torch import Tensor

from kpgan_mm.registry import MODELS

from ..layers import INIT_CFG, EncoderTrunk
from .image_decoder import image_decoder


@MODELS.register_module()
class HeatmapConditionalGenerator(BaseModule):
    """:class:`ConditionalGenerator` that takes the keypoints' maps as they are, in place of an encoded skeleton.

    Psi of IMM (Jakab, Gupta et al. 2018, section 3.2): the maps are set beside the appearance features, both at an
    eighth of the image's size. No skip connection; the output is unbounded. 2,953,859 parameters for 10 keypoints with
    the default widths.

    Args:
        num_keypoints (int): K.
        image_channels (int): channels of the reference image and of the output.
        base_channels (int): width of the first level (32 as released).
        init_cfg (dict | list, optional): MMEngine's initialisation; by default N(0, 0.02) as for KeypointGAN.
    """

    def __init__(self, num_keypoints: int, image_channels: int = 3, base_channels: int = 32, init_cfg=INIT_CFG) -> None:
        super().__init__(init_cfg=init_cfg)
        # Features as they leave the last block: as released, no closing convolution mixes them.
        self.appearance_encoder = EncoderTrunk(image_channels, None, base_channels)
        self.decoder = image_decoder(8 * base_channels + num_keypoints, image_channels, base_channels)

    def forward(self, maps: Tensor, reference: Tensor) -> Tensor:
        """Paint.

        Args:
            maps (Tensor): one map a keypoint ``(B, K, H/8, W/8)`` in [0, 1].
            reference (Tensor): reference image ``(B, 3, H, W)`` in ``[-1, 1]``.

        Returns:
            Tensor: reconstruction ``(B, 3, H, W)``, unbounded.
        """
        return self.decoder(torch.cat((self.appearance_encoder(reference), maps), dim=1))
