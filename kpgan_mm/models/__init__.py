"""Networks, losses and estimators, registered in ``kpgan_mm.registry.MODELS``."""

from kpgan_mm.utils.compat import ensure_mmpose

# MMPose's own modules import packages that have no wheels any more; see kpgan_mm.utils.compat.
ensure_mmpose()

from .backbones import ImagePyramid, SkeletonTranslator  # noqa: E402
from .data_preprocessor import FramePairDataPreprocessor  # noqa: E402
from .discriminators import HistoryPool, PoseDiscriminator  # noqa: E402
from .generators import ConditionalGenerator  # noqa: E402
from .heads import KeypointRegressor, SkeletonBottleneck  # noqa: E402
from .losses import AdversarialLoss, PerceptualLoss  # noqa: E402
from .necks import SkeletonDecoder  # noqa: E402
from .pose_estimators import KeypointGAN, RegressorPretraining  # noqa: E402

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
