"""AutoLink's reconstruction error: plain L1 in the feature space of a frozen network (He, Wandt, Rhodin 2022)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from kpgan_mm.geometry import at_least_float32
from kpgan_mm.registry import MODELS

from .perceptual_loss import PerceptualLoss, in_memory_order


@MODELS.register_module()
class FeatureL1Loss(PerceptualLoss):
    """Sum over layers of the mean absolute difference of their features; layers are not brought to one scale.

    The image itself is not compared. Extractor, layers and untrained_seed as for :class:`PerceptualLoss`.

    Args:
        extractor (dict): see there; the released one is ``dict(type='mmpretrain.VGG', depth=16)`` with ReLU.
        layers (Sequence[str], optional): see there; as released 'features.1', 'features.4', 'features.8' and
            'features.12': relu1_2, relu2_2, relu3_3 and relu4_3.
        mean (Sequence[float]): subtracted from RGB in [0, 255]; ImageNet's by default.
        std (Sequence[float]): then divided by.
        untrained_seed (int, optional): see there.
        resize (tuple[int, int], optional): (height, width) to which images are resized before the extractor (224 x 224
            as released); None leaves them.
        loss_weight (float): factor on the sum.
    """

    def __init__(
        self,
        extractor: dict,
        layers: Sequence[str] | None = None,
        mean: Sequence[float] = (123.675, 116.28, 103.53),
        std: Sequence[float] = (58.395, 57.12, 57.375),
        untrained_seed: int | None = None,
        resize: tuple[int, int] | None = (224, 224),
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(extractor, layers, mean, std, untrained_seed, loss_weight=loss_weight)
        # No scale is remembered here.
        del self.running_means
        self.resize = None if resize is None else tuple(resize)

    def features(self, images: Tensor) -> list[Tensor]:
        """Images ``(B, 3, H, W)`` in [-1, 1] RGB to the features that are compared."""
        if self.resize is not None:
            images = F.interpolate(images, self.resize, mode='bilinear', align_corners=False)
        return super().features(images)[1:]

    def forward(self, reconstructions: Tensor, images: Tensor) -> Tensor:
        """Compare.

        Args:
            reconstructions (Tensor): ``(B, 3, H, W)``, nominally in [-1, 1], RGB.
            images (Tensor): ``(B, 3, H, W)`` in [-1, 1], RGB; receives no gradient.

        Returns:
            Tensor: scalar, float32 even under autocast.
        """
        with torch.autocast(images.device.type, enabled=False):
            with torch.no_grad():
                targets = self.features(at_least_float32(images))
            outputs = self.features(at_least_float32(reconstructions))
            pairs = zip(map(in_memory_order, outputs), map(in_memory_order, targets), strict=True)
            errors = [F.l1_loss(output, target) for output, target in pairs]
            return self.loss_weight * torch.stack(errors).sum()
