"""How sure a reading is: agreement of two skeleton images near a keypoint, and how sharply a heatmap points at it."""

import torch
from torch import Tensor

from .coordinates import pixel_grid
from .precision import at_least_float32

# Ink below which there is nothing to agree on.
_LEAST_INK = 1e-6


def _windows(keypoints: Tensor, size: tuple[int, int], width: float) -> tuple[Tensor, Tensor]:
    """Rows ``(B, K, H)`` and columns ``(B, K, W)`` whose product is a Gaussian window of peak 1 at every keypoint."""
    if keypoints.ndim != 3 or keypoints.shape[-1] != 2:
        raise ValueError(f'keypoints must be (B, K, 2), got {tuple(keypoints.shape)}')
    if not width > 0:
        raise ValueError(f'width must be positive, got {width}')
    grid = pixel_grid(size, keypoints.dtype, keypoints.device)
    columns = torch.exp(-((grid[0, :, 0] - keypoints[..., :1]) / width).square() / 2)
    rows = torch.exp(-((grid[:, 0, 1] - keypoints[..., 1:]) / width).square() / 2)
    return rows, columns


def skeleton_agreement(raw: Tensor, clean: Tensor, keypoints: Tensor, width: float = 0.1) -> Tensor:
    r"""How well the skeleton drawn from the keypoints explains the one they were read off, near each of them.

    With the ink ``a = (v + 1) / 2`` of both images, clipped to [0, 1], and a Gaussian window w at the keypoint, it is
    the shared part of what either has drawn there: ``sum w min(a_raw, a_clean) / sum w max(a_raw, a_clean)``. Ink that
    one has and the other has not counts against it alike, on the links that end there as well as beside them.

    Args:
        raw (Tensor): ``(B, 1, H, W)``, Phi's skeleton image, nominally in [-1, 1].
        clean (Tensor): ``(B, 1, H, W)``, the same drawn by :func:`kpgan_mm.geometry.render_skeleton`.
        keypoints (Tensor): ``(B, K, 2)`` as (x, y) in [-1, 1].
        width (float): standard deviation of the window, in units of half the image side.

    Returns:
        Tensor: ``(B, K)`` in [0, 1], float32 even under autocast (float64 if the keypoints are).

    Raises:
        ValueError: if the images are not two of one shape with one channel, for keypoints of another shape, or a width
            that is not positive.

    Example:
        >>> raw, clean = torch.full((1, 1, 3, 3), -1.0), torch.full((1, 1, 3, 3), -1.0)
        >>> raw[..., 1, 1], clean[..., 1, 1] = 0.0, 1.0  # half the ink where the other has all
        >>> skeleton_agreement(raw, clean, torch.zeros(1, 1, 2)).tolist()
        [[0.5]]
    """
    if raw.ndim != 4 or raw.shape[1] != 1 or raw.shape != clean.shape:
        raise ValueError(
            f'skeleton images must be two of one shape (B, 1, H, W), got {tuple(raw.shape)} and {tuple(clean.shape)}'
        )
    with torch.autocast(raw.device.type, enabled=False):
        keypoints = at_least_float32(keypoints)
        inks = [((image[:, 0].to(keypoints.dtype) + 1) / 2).clamp(0, 1) for image in (raw, clean)]
        rows, columns = _windows(keypoints, raw.shape[2:], width)
        # The window is a product, so its sum over an image is one product with the rows and one with the columns.
        shared = (rows @ torch.minimum(*inks) * columns).sum(-1)
        either = (rows @ torch.maximum(*inks) * columns).sum(-1)
        return torch.where(either > _LEAST_INK, shared / either.clamp(min=_LEAST_INK), 0.0)


def peak_mass(probabilities: Tensor, keypoints: Tensor, width: float = 0.2) -> Tensor:
    """Share of a map's mass that lies near the keypoint read off it, under a Gaussian window of peak 1.

    Args:
        probabilities (Tensor): ``(B, K, h, w)``, not negative, every map summing to 1.
        keypoints (Tensor): ``(B, K, 2)`` as (x, y) in [-1, 1].
        width (float): standard deviation of the window, in units of half the image side.

    Returns:
        Tensor: ``(B, K)`` in [0, 1], 1 if all mass is at the keypoint; float32 even under autocast (float64 if the
        keypoints are).

    Raises:
        ValueError: if there is not one map a keypoint, for keypoints of another shape, or a width that is not positive.
    """
    if probabilities.ndim != 4 or probabilities.shape[:2] != keypoints.shape[:2]:
        raise ValueError(
            f'there must be one map a keypoint, got {tuple(probabilities.shape)} for {tuple(keypoints.shape)}'
        )
    with torch.autocast(probabilities.device.type, enabled=False):
        keypoints = at_least_float32(keypoints)
        rows, columns = _windows(keypoints, probabilities.shape[2:], width)
        mass = torch.einsum('bkh,bkhw,bkw->bk', rows, probabilities.to(keypoints.dtype), columns)
        return mass.clamp(0, 1)


def marginal_peak_mass(heatmaps: Tensor, keypoints: Tensor, width: float = 0.2) -> Tensor:
    """:func:`peak_mass` of the distribution that :func:`~kpgan_mm.geometry.marginal_soft_argmax` takes its mean of.

    Args:
        heatmaps (Tensor): ``(B, K, h, w)`` unbounded logits; rows and columns are independent under them.
        keypoints, width: as for :func:`peak_mass`.
    """
    heatmaps = at_least_float32(heatmaps)
    columns, rows = (heatmaps.mean(dim=averaged).softmax(dim=-1) for averaged in (2, 3))
    return peak_mass(rows[..., :, None] * columns[..., None, :], keypoints, width)
