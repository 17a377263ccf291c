"""Between a foreign backbone and our head."""

from .skeleton_decoder import SkeletonDecoder

__all__ = ['SkeletonDecoder']
