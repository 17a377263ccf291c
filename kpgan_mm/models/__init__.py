"""Networks, losses and estimators, registered in ``kpgan_mm.registry.MODELS``."""

from .backbones import ImagePyramid, SkeletonTranslator
from .data_preprocessor import FramePairDataPreprocessor
from .discriminators import HistoryPool, PoseDiscriminator
from .generators import ConditionalGenerator
from .heads import KeypointRegressor, SkeletonBottleneck
from .losses import AdversarialLoss, PerceptualLoss
from .necks import SkeletonDecoder
from .pose_estimators import KeypointGAN, RegressorPretraining

__all__ = [
    'AdversarialLoss',
    'ConditionalGenerator',
    'FramePairDataPreprocessor',
    'HistoryPool',
    'ImagePyramid',
    'KeypointGAN',
    'KeypointRegressor',
    'PerceptualLoss',
    'PoseDiscriminator',
    'RegressorPretraining',
    'SkeletonBottleneck',
    'SkeletonDecoder',
    'SkeletonTranslator',
]
