"""Least-squares adversarial loss over the scales of a discriminator."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kpgan_mm.geometry import at_least_float32
from kpgan_mm.registry import MODELS


@MODELS.register_module()
class AdversarialLoss(nn.Module):
    """LSGAN (Mao et al. 2017): squared distance of the judgement to 1 (real) or 0 (fake).

    Mean over patches, then plain mean over scales, whatever their sizes (Jakab et al. 2020, eq. 3; weight 10 as
    released).

    Args:
        loss_weight (float): factor on what the generator sees; the discriminator's own loss is not weighted.
    """

    def __init__(self, loss_weight: float = 10.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    @staticmethod
    def _distance(maps: Sequence[Tensor], target: float) -> Tensor:
        return torch.stack([(at_least_float32(judged) - target).square().mean() for judged in maps]).mean()

    def forward(self, fake_maps: Sequence[Tensor]) -> Tensor:
        """What the generator pays for being recognised: maps ``(B, 1, h, w)`` of fakes to a scalar."""
        return self.loss_weight * self._distance(fake_maps, 1.0)

    def discriminator_loss(self, real_maps: Sequence[Tensor], fake_maps: Sequence[Tensor]) -> Tensor:
        """Half the sum of both errors, a scalar."""
        return 0.5 * (self._distance(real_maps, 1.0) + self._distance(fake_maps, 0.0))
