"""Metrics and named protocols."""

from .functional import choose_sides, macro_average, mean_keypoint_error, share_inside
from .metrics import ForegroundShare, KeypointGANMetric, ReconstructionError

__all__ = [
    'ForegroundShare',
    'KeypointGANMetric',
    'ReconstructionError',
    'choose_sides',
    'macro_average',
    'mean_keypoint_error',
    'share_inside',
]
