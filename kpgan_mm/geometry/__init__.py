"""Pure tensor geometry: tensors in, tensors out. Knows no registry, no config and no MMPose."""

from .coordinates import mirror_keypoints, normalized_to_pixels, pixel_grid, pixels_to_normalized
from .rendering import link_ends, render_skeleton
from .skeleton import Skeleton
from .soft_argmax import marginal_soft_argmax
from .thin_plate_spline import random_thin_plate_splines, thin_plate_spline_grid, warp_images

__all__ = [
    'Skeleton',
    'link_ends',
    'marginal_soft_argmax',
    'mirror_keypoints',
    'normalized_to_pixels',
    'pixel_grid',
    'pixels_to_normalized',
    'random_thin_plate_splines',
    'render_skeleton',
    'thin_plate_spline_grid',
    'warp_images',
]
