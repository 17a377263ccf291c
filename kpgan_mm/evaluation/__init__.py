"""Metrics and named protocols."""

from .functional import (
    choose_sides,
    macro_average,
    mean_keypoint_error,
    pooled_error,
    share_inside,
    share_nearer,
    summed_absolute_error,
)
from .metrics import FittedMetric, ForegroundShare, KeypointGANMetric, KeypointRegressionMetric, ReconstructionError
from .protocols import PROTOCOLS, Protocol, find_protocol
from .regression import KeypointRegression, fit_regression

__all__ = [
    'PROTOCOLS',
    'FittedMetric',
    'ForegroundShare',
    'KeypointGANMetric',
    'KeypointRegression',
    'KeypointRegressionMetric',
    'Protocol',
    'ReconstructionError',
    'choose_sides',
    'find_protocol',
    'fit_regression',
    'macro_average',
    'mean_keypoint_error',
    'pooled_error',
    'share_inside',
    'share_nearer',
    'summed_absolute_error',
]
