"""Networks that read an image: Phi, which draws a skeleton, and an extractor for the perceptual loss."""

from .image_pyramid import ImagePyramid
from .skeleton_translator import SkeletonTranslator

__all__ = ['ImagePyramid', 'SkeletonTranslator']
