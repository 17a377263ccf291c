"""The algorithms, each readable top to bottom."""

from .keypoint_gan import KeypointGAN
from .regressor_pretraining import RegressorPretraining

__all__ = ['KeypointGAN', 'RegressorPretraining']
