"""Bottlenecks: from a skeleton image to keypoints and back."""

from .keypoint_regressor import KeypointRegressor
from .skeleton_bottleneck import SkeletonBottleneck

__all__ = ['KeypointRegressor', 'SkeletonBottleneck']
