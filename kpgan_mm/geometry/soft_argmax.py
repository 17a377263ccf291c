"""Coordinate read-outs: of the keypoint regressor eta by axes, and of AutoLink's detector by the whole map."""

import torch
from torch import Tensor

from .coordinates import pixel_grid
from .precision import at_least_float32


def marginal_soft_argmax(heatmaps: Tensor) -> Tensor:
    """Read one position from every map by a softmax over its averaged logits, axis by axis.

    The columns' logits are the mean over rows, and the other way round; ``x`` is the expected column under their
    softmax. This is not the expectation under a softmax of the whole map (Jakab et al. 2020, section 3.2, and its
    predecessor IMM).

    Args:
        heatmaps (Tensor): ``(B, K, h, w)`` unbounded logits.

    Returns:
        Tensor: ``(B, K, 2)`` as (x, y) in the open interval (-1, 1), float32 even under autocast.

    Raises:
        ValueError: if the maps are not four-dimensional.

    Example:
        >>> heatmaps = torch.zeros(1, 1, 3, 3)
        >>> heatmaps[..., 2] = 100.0
        >>> marginal_soft_argmax(heatmaps)
        tensor([[[1., 0.]]])
    """
    if heatmaps.ndim != 4:
        raise ValueError(f'heatmaps must be (B, K, h, w), got {tuple(heatmaps.shape)}')
    with torch.autocast(heatmaps.device.type, enabled=False):
        heatmaps = at_least_float32(heatmaps)
        coordinates = []
        for averaged, n in ((2, heatmaps.shape[3]), (3, heatmaps.shape[2])):
            positions = torch.linspace(-1, 1, n, dtype=heatmaps.dtype, device=heatmaps.device)
            coordinates.append(heatmaps.mean(dim=averaged).softmax(dim=-1) @ positions)
        return torch.stack(coordinates, dim=-1)


def spatial_soft_argmax(heatmaps: Tensor) -> Tensor:
    """The expected position under the softmax of each whole map, of temperature 1 (AutoLink, He et al. 2022).

    Args:
        heatmaps (Tensor): ``(B, K, h, w)`` unbounded logits.

    Returns:
        Tensor: ``(B, K, 2)`` as (x, y) in (-1, 1), float32 even under autocast.

    Raises:
        ValueError: if the maps are not four-dimensional.

    Example:
        >>> heatmaps = torch.zeros(1, 1, 3, 3)
        >>> heatmaps[..., 0, 2] = 100.0
        >>> spatial_soft_argmax(heatmaps).tolist()
        [[[1.0, -1.0]]]
    """
    if heatmaps.ndim != 4:
        raise ValueError(f'heatmaps must be (B, K, h, w), got {tuple(heatmaps.shape)}')
    with torch.autocast(heatmaps.device.type, enabled=False):
        heatmaps = at_least_float32(heatmaps)
        positions = pixel_grid(heatmaps.shape[2:], heatmaps.dtype, heatmaps.device).reshape(-1, 2)
        return heatmaps.flatten(2).softmax(dim=-1) @ positions
