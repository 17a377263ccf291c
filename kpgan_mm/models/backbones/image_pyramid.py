"""The image at several scales: an extractor for the perceptual loss that needs neither weights nor much time."""

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from kpgan_mm.registry import MODELS


@MODELS.register_module()
class ImagePyramid(BaseModule):
    """Repeated 2 x 2 averages, so that a limb drawn beside its place still finds a gradient towards it.

    Args:
        num_levels (int): number of halvings.
    """

    def __init__(self, num_levels: int = 4) -> None:
        super().__init__()
        self.out_indices = tuple(range(num_levels))

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Images ``(B, C, H, W)`` to ``num_levels`` maps, ``(B, C, H/2, W/2)`` first."""
        levels = []
        for _ in self.out_indices:
            images = F.avg_pool2d(images, 2)
            levels.append(images)
        return tuple(levels)
