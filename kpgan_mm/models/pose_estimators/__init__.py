"""The algorithms, each readable top to bottom."""

from .autolink import AutoLink
from .imm import IMM
from .keypoint_gan import KeypointGAN
from .regressor_pretraining import RegressorPretraining
from .second_cycle import SecondCycle

__all__ = [
    'AutoLink',
    'IMM',
    'KeypointGAN',
    'RegressorPretraining',
    'SecondCycle',
]
