"""Random thin-plate-spline warps, which make a pair of views from a single image (Jakab et al. 2020, section 4).

A spline maps output positions to *sampling* positions: ``s(g) = [U(|g - c_1|^2) ... U(|g - c_n|^2), 1, g_x, g_y] W``
with the kernel ``U(s) = s log s``, n control points c on a regular lattice over ``[-1, 1]^2`` and weights W of shape
(n + 3, 2).
"""

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from .coordinates import pixel_grid

# The released sampler's lattice, 10 x 10 control points.
_LATTICE = 10


def random_thin_plate_splines(
    num_splines: int,
    rotation: float = 5.0,
    scale: float = 0.05,
    translation: float = 0.05,
    warp: tuple[float, float] = (0.0005, 0.005),
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draw spline weights; the defaults are the released ones for the reference image.

    Args:
        num_splines (int): B.
        rotation (float): standard deviation of the rotation in degrees.
        scale (float): standard deviation of the zoom around 1.
        translation (float): standard deviation of the shift, in units of half the canvas.
        warp (tuple[float, float]): standard deviation of every control weight, and of a second part that each weight
            gets with probability 1/2.
        generator (torch.Generator, optional): source of randomness.

    Returns:
        Tensor: ``(B, 103, 2)`` weights W.
    """

    def normal(*shape: int) -> Tensor:
        return torch.randn(num_splines, *shape, generator=generator)

    num_controls = _LATTICE**2
    mask = (torch.rand(num_splines, num_controls, 2, generator=generator) < 0.5).float()
    controls = warp[0] * normal(num_controls, 2) + warp[1] * mask * normal(num_controls, 2)
    shift = translation * normal(1, 2)
    zoom = 1 + scale * normal()
    angle = math.radians(rotation) * normal()
    cos, sin = zoom * angle.cos(), zoom * angle.sin()
    linear = torch.stack((torch.stack((cos, -sin), -1), torch.stack((sin, cos), -1)), 1)
    return torch.cat((controls, shift, linear), dim=1)


def thin_plate_spline_grid(weights: Tensor, size: tuple[int, int]) -> Tensor:
    """Sampling positions of every output pixel.

    Args:
        weights (Tensor): ``(B, 103, 2)``.
        size (tuple[int, int]): (height, width) of the output in pixels.

    Returns:
        Tensor: ``(B, H, W, 2)`` as (x, y); ``[-1, 1]`` is inside the image.

    Raises:
        ValueError: if the weights have another shape.
    """
    return _sampling_positions(weights, tuple(size), (0, 0))


def _sampling_positions(weights: Tensor, size: tuple[int, int], margin: tuple[int, int]) -> Tensor:
    """Sampling positions of the pixels of a canvas without its margin."""
    if weights.ndim != 3 or weights.shape[1:] != (_LATTICE**2 + 3, 2):
        raise ValueError(f'weights must be (B, {_LATTICE**2 + 3}, 2), got {tuple(weights.shape)}')
    basis = _basis(size, margin, weights.dtype, weights.device)
    return (basis @ weights).reshape(-1, size[0] - 2 * margin[0], size[1] - 2 * margin[1], 2)


@lru_cache(maxsize=8)
def _basis(size: tuple[int, int], margin: tuple[int, int], dtype: torch.dtype, device: torch.device) -> Tensor:
    """What the weights are multiplied by, ``(N, 103)``, for the pixels of a canvas without its margin.

    It is the same for every spline and most of the work, hence the cache.
    """
    (height, width), (skip_y, skip_x) = size, margin
    pixels = pixel_grid(size, dtype, device)[skip_y : height - skip_y, skip_x : width - skip_x].reshape(-1, 2)
    controls = pixel_grid((_LATTICE, _LATTICE), dtype, device).reshape(-1, 2)
    squared = (pixels[:, None] - controls).square().sum(dim=-1).clamp(min=1e-8)
    return torch.cat((squared * squared.log(), torch.ones_like(pixels[:, :1]), pixels), dim=1)


def warp_images(images: Tensor, weights: Tensor) -> Tensor:
    """Warp images on a canvas padded by half their size with copies of the border, then crop back.

    The weights' units are therefore those of the padded canvas, twice as large as the image.

    Args:
        images (Tensor): ``(B, C, H, W)`` with even H and W.
        weights (Tensor): ``(B, 103, 2)`` from :func:`random_thin_plate_splines`.

    Returns:
        Tensor: ``(B, C, H, W)``.
    """
    height, width = images.shape[-2:]
    pad_y, pad_x = height // 2, width // 2
    canvas = F.pad(images, (pad_x, pad_x, pad_y, pad_y), mode='replicate')
    grid = _sampling_positions(weights, tuple(canvas.shape[-2:]), (pad_y, pad_x))
    return F.grid_sample(canvas, grid.to(images.dtype), mode='bilinear', padding_mode='border', align_corners=True)
