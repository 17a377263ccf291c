"""The image at several scales: an extractor for the perceptual loss that needs no weights and little time."""

from collections.abc import Sequence

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from kpgan_mm.registry import MODELS


@MODELS.register_module()
class ImagePyramid(BaseModule):
    """Repeated 2 x 2 averages of the image, and of random features of it.

    The averages give a limb that is drawn beside its place a gradient towards it; a narrow stack of convolutions, left
    untrained, adds edges at each scale. Made for :class:`PerceptualLoss` with ``untrained_seed``.

    Args:
        num_levels (int): halvings of the image.
        widths (Sequence[int]): channels of each convolution; none by default. Features are halved after each.
    """

    def __init__(self, num_levels: int = 4, widths: Sequence[int] = ()) -> None:
        super().__init__()
        self.num_levels = num_levels
        channels = (3, *widths)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(narrow, wide, 3, padding=1) for narrow, wide in zip(channels, channels[1:], strict=False)
        )
        self.out_indices = tuple(range(num_levels + len(widths)))

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Images ``(B, 3, H, W)`` to averages, ``(B, 3, H/2, W/2)`` first, then to features, ``(B, C, H, W)`` first."""
        averages, features = [images], []
        for _ in range(self.num_levels):
            averages.append(F.avg_pool2d(averages[-1], 2))
        for convolution in self.convolutions:
            below = F.avg_pool2d(features[-1], 2) if features else images
            features.append(F.relu(convolution(below)))
        return (*averages[1:], *features)
