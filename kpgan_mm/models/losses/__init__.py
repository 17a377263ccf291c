"""Perceptual and adversarial losses."""

from .adversarial_loss import AdversarialLoss
from .feature_l1_loss import FeatureL1Loss
from .perceptual_loss import PerceptualLoss

__all__ = [
    'AdversarialLoss',
    'FeatureL1Loss',
    'PerceptualLoss',
]
