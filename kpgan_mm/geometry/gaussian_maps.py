"""One isotropic Gaussian a keypoint: all that passes IMM's bottleneck (Jakab, Gupta et al. 2018, section 3.1)."""

import torch
from torch import Tensor

from .coordinates import pixel_grid
from .precision import at_least_float32


def gaussian_maps(keypoints: Tensor, size: tuple[int, int], std: float = 0.1) -> Tensor:
    r"""Draw every keypoint as a map ``exp(-|u - p|^2 / std^2)``, differentiably.

    Without the factor 1/2 of a normal distribution, as released: with the default the exponent is ``-100 |u - p|^2``.

    Args:
        keypoints (Tensor): ``(B, K, 2)`` as (x, y) in ``[-1, 1]``.
        size (tuple[int, int]): (height, width) of the maps in pixels.
        std (float): in units of half the side of the map.

    Returns:
        Tensor: ``(B, K, H, W)`` in (0, 1], float32 even under autocast (float64 if the keypoints are).

    Raises:
        ValueError: for keypoints of another shape, a size that is no (height, width) or a std that is not positive.

    Example:
        >>> maps = gaussian_maps(torch.zeros(1, 1, 2), size=(3, 3), std=1.0)
        >>> [round(v, 4) for v in maps[0, 0, 1].tolist()]
        [0.3679, 1.0, 0.3679]
    """
    if keypoints.ndim != 3 or keypoints.shape[-1] != 2:
        raise ValueError(f'keypoints must be (B, K, 2), got {tuple(keypoints.shape)}')
    if len(size) != 2 or min(size) < 2:
        raise ValueError(f'size must be (height, width) of at least 2 x 2 pixels, got {size}')
    if std <= 0:
        raise ValueError(f'std must be positive, got {std}')
    with torch.autocast(keypoints.device.type, enabled=False):
        keypoints = at_least_float32(keypoints)
        grid = pixel_grid(size, keypoints.dtype, keypoints.device)
        # The exponential of a sum is a product: one factor a row and one a column.
        columns = torch.exp(-((grid[0, :, 0] - keypoints[..., :1]) / std).square())
        rows = torch.exp(-((grid[:, 0, 1] - keypoints[..., 1:]) / std).square())
        return rows[..., :, None] * columns[..., None, :]
