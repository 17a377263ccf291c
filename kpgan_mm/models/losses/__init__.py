"""Perceptual and adversarial losses."""

from .adversarial_loss import AdversarialLoss
from .perceptual_loss import PerceptualLoss

__all__ = ['AdversarialLoss', 'PerceptualLoss']
