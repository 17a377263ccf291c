"""The algorithms, each readable top to bottom."""

from .keypoint_gan import KeypointGAN
from .regressor_pretraining import RegressorPretraining
from .second_cycle import SecondCycle

__all__ = ['KeypointGAN', 'RegressorPretraining', 'SecondCycle']
