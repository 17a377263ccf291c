"""MMEngine metrics; each reads data samples as MMPose packs them."""

from .fitted_metric import FittedMetric
from .foreground_metric import ForegroundShare
from .keypoint_regression_metric import KeypointRegressionMetric
from .keypointgan_metric import KeypointGANMetric
from .reconstruction_metric import ReconstructionError

__all__ = ['FittedMetric', 'ForegroundShare', 'KeypointGANMetric', 'KeypointRegressionMetric', 'ReconstructionError']
