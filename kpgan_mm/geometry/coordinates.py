"""The one convention for coordinates: ``(x, y)`` in ``[-1, 1]``, pixel *i* of *n* centred at ``-1 + 2 i / (n - 1)``."""

from collections.abc import Sequence

import torch
from torch import Tensor


def _extent(size: tuple[int, int], like):
    height, width = size
    if height < 2 or width < 2:
        raise ValueError(f'size must be (height, width) of at least 2 x 2 pixels, got {size}')
    extent = (width - 1.0, height - 1.0)
    return like.new_tensor(extent) if isinstance(like, Tensor) else extent


def pixels_to_normalized(keypoints, size: tuple[int, int]):
    """Map pixels to ``[-1, 1]``.

    Args:
        keypoints (Tensor | np.ndarray): ``(..., 2)`` as (x, y) in pixels; pixel centres are integers.
        size (tuple[int, int]): (height, width) of the image in pixels.

    Returns:
        Tensor | np.ndarray: ``(..., 2)`` as (x, y); 0 maps to -1 and ``n - 1`` to 1.

    Example:
        >>> pixels_to_normalized(torch.tensor([0.0, 127.0]), size=(128, 128))
        tensor([-1.,  1.])
    """
    return keypoints * 2.0 / _extent(size, keypoints) - 1.0


def normalized_to_pixels(keypoints, size: tuple[int, int]):
    """Inverse of :func:`pixels_to_normalized`; same shapes."""
    return (keypoints + 1.0) / 2.0 * _extent(size, keypoints)


def pixel_grid(size: tuple[int, int], dtype: torch.dtype = torch.float32, device=None) -> Tensor:
    """Normalised coordinates of all pixel centres.

    Args:
        size (tuple[int, int]): (height, width) in pixels.

    Returns:
        Tensor: ``(H, W, 2)`` as (x, y) in ``[-1, 1]``.
    """
    height, width = size
    y, x = torch.meshgrid(
        torch.linspace(-1, 1, height, dtype=dtype, device=device),
        torch.linspace(-1, 1, width, dtype=dtype, device=device),
        indexing='ij',
    )
    return torch.stack((x, y), dim=-1)


def mirror_keypoints(keypoints, flip_indices: Sequence[int]):
    """Exchange left and right by name, leaving every position where it is.

    Args:
        keypoints (Tensor | np.ndarray): ``(..., K, 2)``.
        flip_indices (Sequence[int]): K indices; entry k is the joint that mirrors joint k.

    Returns:
        Tensor | np.ndarray: ``(..., K, 2)``.

    Raises:
        ValueError: if there is not one index for each keypoint.
    """
    if len(flip_indices) != keypoints.shape[-2]:
        raise ValueError(f'{len(flip_indices)} flip indices for {keypoints.shape[-2]} keypoints')
    return keypoints[..., list(flip_indices), :]
