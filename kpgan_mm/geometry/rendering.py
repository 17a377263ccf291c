"""The analytic renderer beta: keypoints to a skeleton image (Jakab et al. 2020, section 3.2, eq. 2).

Note: symbols
    - B: batch size, K: keypoints, E: links, P = H * W: pixels
    - u: a pixel's centre, a and b: the two ends of a link, d: distance from u to the link
"""

from collections.abc import Sequence
from numbers import Integral

import torch
from torch import Tensor

from .coordinates import pixel_grid

# Keeps the root's gradient finite on the bone; also what makes the peak 0.9506 instead of 1 (released code).
_DISTANCE_EPSILON = 1e-6
# Smallest squared length by which a projection is divided: a link of length zero becomes a blob.
_LENGTH_EPSILON = 1e-6


def link_ends(keypoints: Tensor, links: Sequence) -> tuple[Tensor, Tensor]:
    """Look up both ends of every link.

    Args:
        keypoints (Tensor): ``(B, K, 2)``.
        links (Sequence): E pairs; an end is a joint's index or a sequence of indices, meaning their mean.

    Returns:
        tuple[Tensor, Tensor]: starts and ends, each ``(B, E, 2)``.

    Raises:
        ValueError: if there is no link or a link names a joint beyond K.
    """
    num_keypoints = keypoints.shape[1]
    if len(links) == 0:
        raise ValueError('a skeleton image needs at least one link')
    # Row e of these (E, K) matrices averages the joints of one end, so that plain and mean ends are the same product.
    # Filled on the CPU and moved once: on an accelerator every element would be a call of its own.
    weights = torch.zeros(2, len(links), num_keypoints, dtype=keypoints.dtype)
    for e, link in enumerate(links):
        for side, end in enumerate(link):
            joints = [end] if isinstance(end, Integral) else list(end)
            if not joints or min(joints) < 0 or max(joints) >= num_keypoints:
                raise ValueError(f'link {link} does not fit {num_keypoints} keypoints')
            for joint in joints:
                weights[side, e, joint] += 1.0 / len(joints)
    starts, ends = torch.einsum('sek,bkc->sbec', weights.to(keypoints.device), keypoints)
    return starts, ends


def _squared_distance(x: Tensor, y: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """Squared distance from pixels (x, y), each ``(..., P)``, to segments ``(..., P or 1, 2)``; result ``(..., P)``."""
    start_x, start_y = starts.unbind(-1)
    direction_x, direction_y = (ends - starts).unbind(-1)
    squared_length = (direction_x.square() + direction_y.square()).clamp(min=_LENGTH_EPSILON)
    offset_x, offset_y = x - start_x, y - start_y
    along = ((offset_x * direction_x + offset_y * direction_y) / squared_length).clamp(0, 1)
    return (offset_x - along * direction_x).square() + (offset_y - along * direction_y).square()


@torch.no_grad()
def _nearest_links(x: Tensor, y: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """Index of the link nearest to every pixel, ``(B, P)``; one link at a time, so that memory does not grow with E."""
    nearest = torch.zeros(len(starts), x.shape[-1], dtype=torch.long, device=x.device)
    smallest = _squared_distance(x, y, starts[:, :1], ends[:, :1])
    for e in range(1, starts.shape[1]):
        distance = _squared_distance(x, y, starts[:, e : e + 1], ends[:, e : e + 1])
        nearest.masked_fill_(distance < smallest, e)
        smallest = torch.minimum(smallest, distance)
    return nearest


def render_skeleton(
    keypoints: Tensor, links: Sequence, size: tuple[int, int], sigma: float = 0.2, falloff: str = 'exponential'
) -> Tensor:
    r"""Draw a skeleton, differentiably.

    The value at pixel u is ``2 max_e r_e(u) - 1`` where r falls off with the distance d to link e:

    - ``'exponential'``: ``r = exp(-sqrt(d^2 + 1e-6) / sigma^2)``, as in the released code
    - ``'gaussian'``: ``r = exp(-d^2 / sigma^2)``, as in the paper's equation 2

    The maximum passes a pixel's gradient to its nearest link only, so only that link is differentiated: the graph holds
    B x P values, whatever E is.

    Args:
        keypoints (Tensor): ``(B, K, 2)`` as (x, y) in ``[-1, 1]``.
        links (Sequence): E pairs of joint indices; an end may be a sequence of indices, meaning their mean.
        size (tuple[int, int]): (height, width) of the image in pixels.
        sigma (float): line width in units of half the image side.
        falloff (str): ``'exponential'`` or ``'gaussian'``.

    Returns:
        Tensor: ``(B, 1, H, W)`` in ``(-1, 1)``, float32 even under autocast (float64 if the keypoints are).

    Raises:
        ValueError: for keypoints of another shape, links that do not fit, a size that is no (height, width), a sigma
            that is not positive or an unknown fall-off.

    Example:
        >>> bone = torch.tensor([[[-1.0, 0.0], [1.0, 0.0]]])
        >>> image = render_skeleton(bone, [(0, 1)], size=(3, 3))
        >>> [round(v, 4) for v in image[0, 0, :, 1].tolist()]
        [-1.0, 0.9506, -1.0]
    """
    if keypoints.ndim != 3 or keypoints.shape[-1] != 2:
        raise ValueError(f'keypoints must be (B, K, 2), got {tuple(keypoints.shape)}')
    if len(size) != 2 or min(size) < 2:
        raise ValueError(f'size must be (height, width) of at least 2 x 2 pixels, got {size}')
    if sigma <= 0:
        raise ValueError(f'sigma must be positive, got {sigma}')
    if falloff not in ('exponential', 'gaussian'):
        raise ValueError(f"falloff must be 'exponential' or 'gaussian', got {falloff!r}")

    # Half precision cannot resolve the squared distances near a bone.
    with torch.autocast(keypoints.device.type, enabled=False):
        keypoints = keypoints.to(torch.promote_types(keypoints.dtype, torch.float32))
        starts, ends = link_ends(keypoints, links)
        x, y = pixel_grid(size, keypoints.dtype, keypoints.device).reshape(1, -1, 2).unbind(-1)
        nearest = _nearest_links(x, y, starts, ends)[..., None].expand(-1, -1, 2)
        squared_distance = _squared_distance(x, y, starts.gather(1, nearest), ends.gather(1, nearest))
        if falloff == 'exponential':
            brightness = torch.exp(-(squared_distance + _DISTANCE_EPSILON).sqrt() / sigma**2)
        else:
            brightness = torch.exp(-squared_distance / sigma**2)
        return (2 * brightness - 1).reshape(-1, 1, *size)
