"""Networks that read an image: those that find its keypoints, and an extractor for the perceptual loss."""

from .autolink_detector import AutoLinkDetector
from .heatmap_encoder import HeatmapEncoder
from .image_pyramid import ImagePyramid
from .skeleton_translator import SkeletonTranslator

__all__ = [
    'AutoLinkDetector',
    'HeatmapEncoder',
    'ImagePyramid',
    'SkeletonTranslator',
]
