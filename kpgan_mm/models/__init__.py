"""Networks, losses and estimators, registered in ``kpgan_mm.registry.MODELS``."""

from .backbones import AutoLinkDetector, HeatmapEncoder, ImagePyramid, SkeletonTranslator
from .data_preprocessor import FramePairDataPreprocessor
from .discriminators import HistoryPool, PoseDiscriminator
from .generators import ConditionalGenerator, HeatmapConditionalGenerator, InpaintingUNet, RandomBlockMask
from .heads import GaussianBottleneck, KeypointRegressor, LinkedKeypointBottleneck, SkeletonBottleneck
from .losses import AdversarialLoss, FeatureL1Loss, PerceptualLoss
from .necks import SkeletonDecoder
from .pose_estimators import IMM, AutoLink, KeypointGAN, RegressorPretraining

__all__ = [
    'AdversarialLoss',
    'AutoLink',
    'AutoLinkDetector',
    'ConditionalGenerator',
    'FeatureL1Loss',
    'FramePairDataPreprocessor',
    'GaussianBottleneck',
    'HeatmapConditionalGenerator',
    'HeatmapEncoder',
    'HistoryPool',
    'IMM',
    'ImagePyramid',
    'InpaintingUNet',
    'KeypointGAN',
    'KeypointRegressor',
    'LinkedKeypointBottleneck',
    'PerceptualLoss',
    'PoseDiscriminator',
    'RandomBlockMask',
    'RegressorPretraining',
    'SkeletonBottleneck',
    'SkeletonDecoder',
    'SkeletonTranslator',
]
