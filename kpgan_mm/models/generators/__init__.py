"""Networks that paint an image."""

from .conditional_generator import ConditionalGenerator
from .heatmap_conditional_generator import HeatmapConditionalGenerator
from .inpainting_unet import InpaintingUNet
from .random_block_mask import RandomBlockMask
from .unconditional_generator import UnconditionalGenerator

__all__ = [
    'ConditionalGenerator',
    'HeatmapConditionalGenerator',
    'InpaintingUNet',
    'RandomBlockMask',
    'UnconditionalGenerator',
]
