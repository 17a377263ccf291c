"""Pure tensor geometry: tensors in, tensors out. Knows no registry, no config and no MMPose."""

from .border_mask import border_mask
from .confidence import marginal_peak_mass, peak_mass, skeleton_agreement
from .coordinates import mirror_keypoints, normalized_to_pixels, pixel_grid, pixels_to_normalized
from .gaussian_maps import gaussian_maps
from .learned_graph import all_pairs, maximum_spanning_tree, strong_edges
from .precision import at_least_float32
from .rendering import link_ends, render_edge_map, render_skeleton
from .skeleton import Skeleton
from .soft_argmax import marginal_soft_argmax, spatial_soft_argmax
from .thin_plate_spline import random_thin_plate_splines, thin_plate_spline_grid, warp_images

__all__ = [
    'Skeleton',
    'all_pairs',
    'at_least_float32',
    'border_mask',
    'gaussian_maps',
    'link_ends',
    'marginal_peak_mass',
    'marginal_soft_argmax',
    'maximum_spanning_tree',
    'mirror_keypoints',
    'normalized_to_pixels',
    'peak_mass',
    'pixel_grid',
    'pixels_to_normalized',
    'random_thin_plate_splines',
    'render_edge_map',
    'render_skeleton',
    'skeleton_agreement',
    'spatial_soft_argmax',
    'strong_edges',
    'thin_plate_spline_grid',
    'warp_images',
]
