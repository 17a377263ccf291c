"""Phi: the pose recogniser, an image-to-image network that draws the skeleton it sees."""

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from kpgan_mm.registry import MODELS

from ..layers import INIT_CFG, EncoderTrunk, conv_block, upsample
from ..lean_layers import LeanSequential, convolve_with


@MODELS.register_module()
class SkeletonTranslator(BaseModule):
    """Phi of Jakab et al. 2020 (section 3.1): a U-shaped translator from an image to a skeleton image.

    The output is unbounded (no tanh); the discriminator is what keeps it in the range of rendered skeletons. With the
    default widths it has 3,124,801 parameters.

    Args:
        in_channels (int): channels of the image.
        base_channels (int): width of the first level (32 in the paper's model).
        init_cfg (dict | list, optional): MMEngine's initialisation; by default N(0, 0.02) as released.
    """

    def __init__(self, in_channels: int = 3, base_channels: int = 32, init_cfg=INIT_CFG) -> None:
        super().__init__(init_cfg=init_cfg)
        w1, w2, w3, w4 = (base_channels * 2**level for level in range(4))
        self.encoder = EncoderTrunk(in_channels, w4, base_channels)
        self.deepest = nn.Sequential(conv_block(w4, w4), conv_block(w4, w4))
        self.mix3 = nn.Conv2d(w4 + w3, w4, 1, bias=False)
        self.decode3 = nn.Sequential(conv_block(w4, w3), conv_block(w3, w3))
        self.mix2 = nn.Conv2d(w3 + w2, w3, 1, bias=False)
        self.decode2 = nn.Sequential(conv_block(w3, w2), conv_block(w2, w2))
        self.mix1 = nn.Conv2d(w2 + w1, w2, 1, bias=False)
        self.decode1 = LeanSequential(conv_block(w2, w1), nn.Conv2d(w1, 1, 3, padding=1))
        self.upsample = upsample()
        # As in KeypointGAN, so that a stock estimator's convolutions round alike.
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Draw the skeleton.

        Args:
            images (Tensor): ``(B, 3, H, W)`` in ``[-1, 1]``; H and W are multiples of 8.

        Returns:
            tuple[Tensor]: one skeleton image ``(B, 1, H, W)``, a tuple as from any MMPose backbone.
        """
        skip1, skip2, skip3, deepest = self.encoder.pyramid(images)
        features = self.deepest(self.encoder.close(deepest))
        features = self.decode3(self._mix(self.mix3, features, skip3))
        features = self.decode2(self._mix(self.mix2, features, skip2))
        return (self.decode1(self._mix(self.mix1, features, skip1)),)

    def _mix(self, layer: nn.Conv2d, features: Tensor, skip: Tensor) -> Tensor:
        """The 1 x 1 convolution of doubled features ``(B, C, H, W)`` and a skip ``(B, D, 2H, 2W)`` side by side.

        A 1 x 1 convolution, which mixes channels, and doubling, which mixes places, can change their order: a quarter
        of the work, and nothing of the larger size to remember.
        """
        of_features, of_skip = layer.weight.split((features.shape[1], skip.shape[1]), dim=1)
        doubled = self.upsample(convolve_with(features, of_features))
        return doubled + convolve_with(skip, of_skip)
