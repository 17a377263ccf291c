"""Rendering, coordinate read-out and warping, term by term as their formulas say."""

import torch
import torch.nn.functional as F
from torch import Tensor


def positions(number: int, like: Tensor) -> Tensor:
    """So many from -1 to 1."""
    return torch.linspace(-1, 1, number, dtype=like.dtype)


def grid(height: int, width: int, like: Tensor) -> Tensor:
    """Pixel centres ``(H, W, 2)`` as (x, y) in [-1, 1]."""
    y, x = torch.meshgrid(positions(height, like), positions(width, like), indexing='ij')
    return torch.stack((x, y), dim=-1)


def squared_distances(keypoints: Tensor, links, size: tuple[int, int], epsilon: float) -> Tensor:
    """Squared distance of every pixel to every link, ``(B, E, H * W)``; keypoints ``(B, K, 2)``."""
    first, second = torch.tensor(links).T
    starts, ends = keypoints[:, first, None], keypoints[:, second, None]
    offset, direction = grid(*size, keypoints).reshape(1, 1, -1, 2) - starts, ends - starts
    along = (offset * direction).sum(-1) / direction.square().sum(-1).clamp(min=epsilon)
    return (offset - along.clamp(0, 1)[..., None] * direction).square().sum(-1)


def render_skeleton(keypoints: Tensor, links, size: tuple[int, int], sigma: float = 0.2) -> Tensor:
    """Skeleton images ``(B, 1, H, W)``: all edges at all pixels, then the maximum over edges."""
    distances = (squared_distances(keypoints, links, size, 1e-6) + 1e-6).sqrt()
    brightness = torch.exp(-distances / sigma**2).max(dim=1).values
    return (2 * brightness - 1).reshape(-1, 1, *size)


def render_edge_map(keypoints: Tensor, links, weights: Tensor, size: tuple[int, int], sigma_squared: float) -> Tensor:
    """AutoLink's edge map ``(B, 1, H, W)``: as above, each link with a weight ``(E,)``."""
    distances = squared_distances(keypoints, links, size, 1e-6)
    brightness = weights[None, :, None] * torch.exp(-distances / sigma_squared)
    return brightness.max(dim=1).values.reshape(-1, 1, *size)


def marginal_soft_argmax(heatmaps: Tensor) -> Tensor:
    """Keypoints ``(B, K, 2)`` from heatmaps ``(B, K, h, w)``."""
    height, width = heatmaps.shape[2:]
    x = (heatmaps.mean(dim=2).softmax(dim=-1) * positions(width, heatmaps)).sum(dim=-1)
    y = (heatmaps.mean(dim=3).softmax(dim=-1) * positions(height, heatmaps)).sum(dim=-1)
    return torch.stack((x, y), dim=-1)


def warp_images(images: Tensor, weights: Tensor) -> Tensor:
    """Thin-plate-spline warp of ``(B, C, H, W)`` on a padded canvas; weights ``(B, 103, 2)``."""
    height, width = images.shape[-2:]
    canvas = F.pad(images, (width // 2, width // 2, height // 2, height // 2), mode='replicate')
    pixels = grid(*canvas.shape[-2:], weights).reshape(-1, 2)
    squared = (pixels[:, None] - grid(10, 10, weights).reshape(-1, 2)).square().sum(dim=-1).clamp(min=1e-8)
    basis = torch.cat((squared * squared.log(), torch.ones_like(pixels[:, :1]), pixels), dim=1)
    sampled = (basis @ weights).reshape(len(images), *canvas.shape[-2:], 2)
    warped = F.grid_sample(canvas, sampled, mode='bilinear', padding_mode='border', align_corners=True)
    return warped[..., height // 2 : height // 2 + height, width // 2 : width // 2 + width]
