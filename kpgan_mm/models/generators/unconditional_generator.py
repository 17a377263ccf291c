"""Psi of CycleGAN: paints the image from the skeleton alone."""

from mmengine.model import BaseModule
from torch import Tensor

from kpgan_mm.registry import MODELS

from ..layers import INIT_CFG, EncoderTrunk
from .image_decoder import image_decoder


@MODELS.register_module()
class UnconditionalGenerator(BaseModule):
    """:class:`ConditionalGenerator` without its appearance encoder, for the ablations (Jakab et al. 2020, table 4).

    What the image looks like can then only come through the skeleton image.

    Args:
        pose_channels (int): channels of the skeleton image.
        image_channels (int): channels of the output.
        base_channels (int): width of the first level.
        init_cfg (dict | list, optional): MMEngine's initialisation; by default N(0, 0.02) as released.
    """

    def __init__(
        self, pose_channels: int = 1, image_channels: int = 3, base_channels: int = 32, init_cfg=INIT_CFG
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        code_channels = 8 * base_channels
        self.pose_encoder = EncoderTrunk(pose_channels, code_channels, base_channels)
        self.decoder = image_decoder(code_channels, image_channels, base_channels)

    def forward(self, skeleton: Tensor, reference: Tensor) -> Tensor:
        """Paint.

        Args:
            skeleton (Tensor): skeleton image ``(B, 1, H, W)``, nominally in ``[-1, 1]``.
            reference (Tensor): not looked at; there so that both generators are called alike.

        Returns:
            Tensor: reconstruction ``(B, 3, H, W)``, unbounded.
        """
        return self.decoder(self.pose_encoder(skeleton))
