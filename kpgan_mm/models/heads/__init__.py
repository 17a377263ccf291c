"""Bottlenecks: from a skeleton image to keypoints and back."""

from .gaussian_bottleneck import GaussianBottleneck
from .keypoint_regressor import KeypointRegressor
from .linked_keypoint_bottleneck import LinkedKeypointBottleneck
from .skeleton_bottleneck import SkeletonBottleneck

__all__ = [
    'GaussianBottleneck',
    'KeypointRegressor',
    'LinkedKeypointBottleneck',
    'SkeletonBottleneck',
]
