"""A mask that fades a picture out towards its border, where a warp leaves nothing to explain."""

import torch
from torch import Tensor

# Steepness of the ramp, as released.
_STEEPNESS = 0.4


def border_mask(size: tuple[int, int], margin: int, ramp: int) -> Tensor:
    """Zero at the border, one inside, a smooth step between them (IMM's released code).

    Along each axis: ``margin`` zeros, ``ramp`` values ``(1 + tanh(x / 0.4)) / 2`` for x from -1 to 1, ones, and the
    same backwards; the mask is the product of both axes.

    Args:
        size (tuple[int, int]): (height, width) in pixels.
        margin (int): pixels of zeros on each side.
        ramp (int): pixels of the step on each side.

    Returns:
        Tensor: ``(H, W)`` float32 in [0, 1].

    Raises:
        ValueError: if margins and ramps leave nothing of the picture, or one of them is negative.

    Example:
        >>> [round(v, 3) for v in border_mask((9, 9), margin=1, ramp=2)[4].tolist()]
        [0.0, 0.007, 0.993, 1.0, 1.0, 1.0, 0.993, 0.007, 0.0]
    """
    if min(margin, ramp) < 0 or min(size) <= 2 * (margin + ramp):
        raise ValueError(f'a picture of {size} pixels has no inside behind a margin of {margin} and a ramp of {ramp}')
    step = (1 + torch.tanh(torch.linspace(-1, 1, ramp) / _STEEPNESS)) / 2

    def strip(length: int) -> Tensor:
        zeros, inside = torch.zeros(margin), torch.ones(length - 2 * margin - 2 * ramp)
        return torch.cat((zeros, step, inside, step.flip(0), zeros))

    height, width = size
    return strip(height)[:, None] * strip(width)
