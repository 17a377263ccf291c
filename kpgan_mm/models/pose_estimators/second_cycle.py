"""CycleGAN's other half: skeleton -> image -> skeleton. An ablation of KeypointGAN, which does without it."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from kpgan_mm.registry import MODELS

from ..discriminators import HistoryPool


@MODELS.register_module()
class SecondCycle(nn.Module):
    """A prior skeleton painted as an image must look real, and must be read back (Jakab et al. 2020, table 4).

    Args:
        discriminator (dict): judges images; ``in_channels`` is their number of channels.
        input_size (tuple[int, int]): (width, height) of the images in pixels, in MMPose's order.
        loss_weight (float): factor on the mean absolute difference between a skeleton and its return (10 in CycleGAN,
            Zhu et al. 2017).
        pool_size (int): earlier painted images kept for the discriminator.
    """

    def __init__(
        self, discriminator: dict, input_size: tuple[int, int], loss_weight: float = 10.0, pool_size: int = 50
    ) -> None:
        super().__init__()
        self.discriminator = MODELS.build(discriminator)
        self.loss_weight = loss_weight
        self.pool = HistoryPool(pool_size, (3, input_size[1], input_size[0]))

    def generator_losses(
        self,
        prior_skeleton: Tensor,
        painted: Tensor,
        translate: Callable[[Tensor], Tensor],
        adversarial_loss: nn.Module,
    ) -> dict[str, Tensor]:
        """What Phi and Psi pay.

        Args:
            prior_skeleton (Tensor): ``(B, 1, H, W)`` in [-1, 1].
            painted (Tensor): Psi's image of it, ``(B, 3, H, W)``.
            translate (Callable): Phi, image to skeleton image.
            adversarial_loss (nn.Module): as for the first cycle.
        """
        return {
            'loss_second_cycle': self.loss_weight * F.l1_loss(translate(painted).float(), prior_skeleton),
            'loss_adversarial_image': adversarial_loss(self.discriminator(painted)),
        }

    def discriminator_loss(self, images: Tensor, painted: Tensor, adversarial_loss: nn.Module) -> Tensor:
        """Real images ``(B, 3, H, W)`` against present and earlier painted ones of the same shape."""
        return adversarial_loss.discriminator_loss(
            self.discriminator(images), self.discriminator(self.pool.exchange(painted))
        )
