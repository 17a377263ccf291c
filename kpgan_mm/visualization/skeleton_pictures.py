"""Skeleton images as pictures, on a linear and on a logarithmic scale."""

import numpy as np

from .contact_sheet import to_uint8

_DECADES = 3.0


def draw_skeletons(skeletons: np.ndarray) -> np.ndarray:
    """Skeleton images ``(N, H, W)`` as grey pictures ``(N, H, W, 3)`` uint8: -1 black, 1 white, clipped beyond."""
    return to_uint8(np.asarray(skeletons)[:, None])


def log_skeletons(skeletons: np.ndarray, decades: float = _DECADES) -> np.ndarray:
    """Skeleton images on a logarithmic scale, which makes faint traces visible (Jakab et al. 2020, figure 4).

    Ink is ``a = |v + 1| / 2``: 0 on empty canvas (v = -1), 1 on a bone (v = 1). Raw skeletons are unbounded; what is
    darker than empty canvas counts by its distance from it, since it can carry a message as well. Brightness is
    ``1 + log10(a) / decades``, clipped to [0, 1]: black up to ``10 ** -decades`` of a bone's ink, white from a bone's
    ink on, and the same step for each factor of ten. A clean skeleton falls off evenly from its bones; texture that
    does not is a leak.

    Args:
        skeletons (np.ndarray): ``(N, H, W)``, nominally in [-1, 1].
        decades (float): powers of ten between black and white.

    Returns:
        np.ndarray: ``(N, H, W, 3)`` uint8, grey.

    Raises:
        ValueError: if ``decades`` is not positive.
    """
    if not decades > 0:
        raise ValueError(f'decades must be positive, got {decades}')
    ink = np.abs(np.nan_to_num(np.asarray(skeletons, np.float64)) + 1) / 2
    brightness = 1 + np.log10(ink.clip(10.0**-decades, 1)) / decades
    return to_uint8(2 * brightness[:, None] - 1)
