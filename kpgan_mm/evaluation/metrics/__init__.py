"""MMEngine metrics; each reads data samples as MMPose packs them."""

from .foreground_metric import ForegroundShare
from .keypointgan_metric import KeypointGANMetric
from .reconstruction_metric import ReconstructionError

__all__ = ['ForegroundShare', 'KeypointGANMetric', 'ReconstructionError']
