"""The one rasteriser of lines between keypoints, and on it the analytic renderer beta and AutoLink's edge map.

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
def _nearest_links(x: Tensor, y: Tensor, starts: Tensor, ends: Tensor, penalties: Tensor | None = None) -> Tensor:
    """Index of the link nearest to every pixel, ``(B, P)``; one link at a time, so that memory does not grow with E.

    ``penalties`` ``(E,)`` are added to the links' squared distances.
    """
    nearest = torch.zeros(len(starts), x.shape[-1], dtype=torch.long, device=x.device)
    smallest = None
    for e in range(starts.shape[1]):
        distance = _squared_distance(x, y, starts[:, e : e + 1], ends[:, e : e + 1])
        if penalties is not None:
            distance += penalties[e]
        if smallest is None:
            smallest = distance
        else:
            nearest.masked_fill_(distance < smallest, e)
            torch.minimum(smallest, distance, out=smallest)
    return nearest


def _squared_distance_to_nearest(
    starts: Tensor, ends: Tensor, size: tuple[int, int], penalties: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Squared distance of every pixel to its nearest link, differentiably, and which link that is; both ``(B, P)``.

    A maximum over links passes a pixel's gradient to one link only, so only that link is differentiated: the graph
    holds B x P values, whatever E is.
    """
    x, y = pixel_grid(size, starts.dtype, starts.device).reshape(1, -1, 2).unbind(-1)
    nearest = _nearest_links(x, y, starts, ends, penalties)
    index = nearest[..., None].expand(-1, -1, 2)
    return _squared_distance(x, y, starts.gather(1, index), ends.gather(1, index)), nearest


def _check_canvas(keypoints: Tensor, size: tuple[int, int]) -> None:
    if keypoints.ndim != 3 or keypoints.shape[-1] != 2:
        raise ValueError(f'keypoints must be (B, K, 2), got {tuple(keypoints.shape)}')
    if len(size) != 2 or min(size) < 2:
        raise ValueError(f'size must be (height, width) of at least 2 x 2 pixels, got {size}')


def render_skeleton(
    keypoints: Tensor, links: Sequence, size: tuple[int, int], sigma: float = 0.2, falloff: str = 'exponential'
) -> Tensor:
    r"""Draw a skeleton, differentiably: beta (Jakab et al. 2020, section 3.2, eq. 2).

    The value at pixel u is ``2 max_e r_e(u) - 1`` where r falls off with the distance d to link e:

    - ``'exponential'``: ``r = exp(-sqrt(d^2 + 1e-6) / sigma^2)``, as in the released code
    - ``'gaussian'``: ``r = exp(-d^2 / sigma^2)``, as in the paper's equation 2

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
    _check_canvas(keypoints, size)
    if sigma <= 0:
        raise ValueError(f'sigma must be positive, got {sigma}')
    if falloff not in ('exponential', 'gaussian'):
        raise ValueError(f"falloff must be 'exponential' or 'gaussian', got {falloff!r}")

    # Half precision cannot resolve the squared distances near a bone.
    with torch.autocast(keypoints.device.type, enabled=False):
        keypoints = keypoints.to(torch.promote_types(keypoints.dtype, torch.float32))
        starts, ends = link_ends(keypoints, links)
        squared_distance, _ = _squared_distance_to_nearest(starts, ends, size)
        if falloff == 'exponential':
            brightness = torch.exp(-(squared_distance + _DISTANCE_EPSILON).sqrt() / sigma**2)
        else:
            brightness = torch.exp(-squared_distance / sigma**2)
        return (2 * brightness - 1).reshape(-1, 1, *size)


def render_edge_map(
    keypoints: Tensor, links: Sequence, weights: Tensor, size: tuple[int, int], sigma_squared: float = 1e-3
) -> Tensor:
    r"""Draw weighted links, differentiably in keypoints and weights: AutoLink's edge map (He et al. 2022).

    The value at pixel u is ``max_e w_e exp(-d_e^2 / sigma^2)``; the gradient goes to the link that attains the maximum,
    to the first of them if several do.

    Args:
        keypoints (Tensor): ``(B, K, 2)`` as (x, y) in ``[-1, 1]``.
        links (Sequence): E pairs of joint indices; an end may be a sequence of indices, meaning their mean.
        weights (Tensor): ``(E,)``, not negative; the same for all images.
        size (tuple[int, int]): (height, width) of the map in pixels.
        sigma_squared (float): thickness, in squared units of half the image side, without a factor 2.

    Returns:
        Tensor: ``(B, 1, H, W)`` in [0, largest weight], float32 even under autocast (float64 if the keypoints are).

    Raises:
        ValueError: for keypoints of another shape, links that do not fit, not one weight a link, a size that is no
            (height, width) or a thickness that is not positive.

    Example:
        >>> bone = torch.tensor([[[-1.0, 0.0], [1.0, 0.0]]])
        >>> edge_map = render_edge_map(bone, [(0, 1)], torch.tensor([2.0]), size=(3, 3), sigma_squared=1.0)
        >>> [round(v, 4) for v in edge_map[0, 0, :, 1].tolist()]
        [0.7358, 2.0, 0.7358]
    """
    _check_canvas(keypoints, size)
    if sigma_squared <= 0:
        raise ValueError(f'sigma_squared must be positive, got {sigma_squared}')
    if weights.shape != (len(links),):
        raise ValueError(f'weights must be one a link, ({len(links)},), got {tuple(weights.shape)}')

    with torch.autocast(keypoints.device.type, enabled=False):
        keypoints = keypoints.to(torch.promote_types(keypoints.dtype, torch.float32))
        weights = weights.to(keypoints.dtype)
        starts, ends = link_ends(keypoints, links)
        # The brightest link, w exp(-d^2 / sigma^2), is the one with the smallest d^2 - sigma^2 log w.
        penalties = -sigma_squared * weights.detach().log()
        squared_distance, brightest = _squared_distance_to_nearest(starts, ends, size, penalties)
        weight = weights.expand(len(keypoints), -1).gather(1, brightest)
        return (weight * torch.exp(-squared_distance / sigma_squared)).reshape(-1, 1, *size)
