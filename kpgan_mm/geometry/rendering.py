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
from .precision import at_least_float32

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


def _nearest_points(
    x: Tensor, y: Tensor, starts: Tensor, ends: Tensor, nearest: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of every pixel (x, y), each ``(1, P)``, with regard to its nearest link.

    Returns:
        tuple[Tensor, Tensor, Tensor, Tensor]: offset from the pixel to the link's nearest point in x and y, where on
        the link that is (0 its start, 1 its end), and the length squared by which was divided; all ``(B, P)``.
    """
    starts, directions = starts.unbind(-1), (ends - starts).unbind(-1)
    start_x, start_y, along_x, along_y = (values.gather(1, nearest) for values in (*starts, *directions))
    squared_length = (along_x.square() + along_y.square()).clamp_(min=_LENGTH_EPSILON)
    offset_x, offset_y = start_x.sub_(x), start_y.sub_(y)
    place = (offset_x * along_x).addcmul_(offset_y, along_y).neg_().div_(squared_length).clamp_(0, 1)
    return offset_x.addcmul_(place, along_x), offset_y.addcmul_(place, along_y), place, squared_length


def _nearest_links(size: tuple[int, int], starts: Tensor, ends: Tensor, penalties: Tensor | None = None) -> Tensor:
    """Index of the link nearest to every pixel, ``(B, P)``; one link at a time, so that memory does not grow with E.

    The squared distance to a segment is that to its line and, beyond its ends, that along the line to the end. Both are
    linear in the pixel's place before they are squared, so that they are sums of a row and a column.

    ``penalties`` ``(E,)`` are added to the links' squared distances.
    """
    pixels = pixel_grid(size, starts.dtype, starts.device)
    x, y = pixels[:1, :, 0], pixels[:, :1, 1]
    directions = ends - starts
    lengths = directions.norm(dim=-1, keepdim=True)
    # Without a direction the formula would put a link at no distance from anywhere; a point has any direction.
    unit = torch.where(lengths > 0, directions / lengths.clamp(min=1e-30), directions.new_tensor([1.0, 0.0]))
    middles = (starts + ends) / 2
    nearest = torch.zeros(len(starts), *size, dtype=torch.long, device=x.device)
    smallest = None
    for e in range(starts.shape[1]):
        (unit_x, unit_y), (middle_x, middle_y) = (
            unit[:, e, :, None, None].unbind(1),
            middles[:, e, :, None, None].unbind(1),
        )
        along = unit_x * (x - middle_x) + unit_y * (y - middle_y)
        beyond = along.abs_().sub_(lengths[:, e, :, None] / 2).clamp_(min=0)
        distance = unit_x * (y - middle_y) - unit_y * (x - middle_x)
        distance.square_().addcmul_(beyond, beyond)
        if penalties is not None:
            distance += penalties[e]
        if smallest is None:
            smallest = distance
        else:
            nearest.masked_fill_(distance < smallest, e)
            torch.minimum(smallest, distance, out=smallest)
    return nearest.flatten(1)


class _SquaredDistance(torch.autograd.Function):
    """Squared distance of every pixel to its nearest link, and which link that is; both ``(B, P)``.

    A maximum over links passes a pixel's gradient to one link only, so only that link is differentiated, and all that
    the backward pass needs is which link it was: B x P numbers, whatever E is.
    """

    @staticmethod
    def forward(ctx, starts: Tensor, ends: Tensor, size: tuple[int, int], penalties: Tensor | None):
        nearest = _nearest_links(size, starts, ends, penalties)
        ctx.save_for_backward(starts, ends, nearest)
        ctx.size = size
        ctx.mark_non_differentiable(nearest)
        x, y = pixel_grid(size, starts.dtype, starts.device).reshape(1, -1, 2).unbind(-1)
        offset_x, offset_y, _, _ = _nearest_points(x, y, starts, ends, nearest)
        return offset_x.square_().addcmul_(offset_y, offset_y), nearest

    @staticmethod
    def backward(ctx, gradient: Tensor, _):
        if torch.is_grad_enabled() and not torch.compiler.is_compiling():
            raise RuntimeError('rendered links have no second derivatives: call backward without create_graph=True')
        starts, ends, nearest = ctx.saved_tensors
        x, y = pixel_grid(ctx.size, starts.dtype, starts.device).reshape(1, -1, 2).unbind(-1)
        offset_x, offset_y, place, squared_length = _nearest_points(x, y, starts, ends, nearest)
        gradient = 2 * gradient
        of_starts, of_ends = torch.zeros_like(starts), torch.zeros_like(ends)
        for axis, offset in enumerate((offset_x, offset_y)):
            # The nearest point moves with both ends, in proportion to how near it is to them.
            pull = gradient * offset
            to_end = pull * place
            of_ends[..., axis].scatter_add_(1, nearest, to_end)
            of_starts[..., axis].scatter_add_(1, nearest, pull.sub_(to_end))
        # Its place on the link matters too, but only for links so short that their length was not divided by.
        short = (ends - starts).square().sum(-1) < _LENGTH_EPSILON
        if short.any():
            along_x, along_y = (ends - starts).gather(1, nearest[..., None].expand(-1, -1, 2)).unbind(-1)
            inside = short.gather(1, nearest) & (place > 0) & (place < 1)
            change = gradient * (offset_x * along_x + offset_y * along_y) * inside / squared_length
            from_x, from_y = offset_x - place * along_x, offset_y - place * along_y
            for axis, (offset, along) in enumerate(((from_x, along_x), (from_y, along_y))):
                of_ends[..., axis].scatter_add_(1, nearest, -change * offset)
                of_starts[..., axis].scatter_add_(1, nearest, change * (offset - along))
        return of_starts, of_ends, None, None


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
        keypoints = at_least_float32(keypoints)
        starts, ends = link_ends(keypoints, links)
        squared_distance, _ = _SquaredDistance.apply(starts, ends, size, None)
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
        keypoints = at_least_float32(keypoints)
        weights = weights.to(keypoints.dtype)
        starts, ends = link_ends(keypoints, links)
        # The brightest link, w exp(-d^2 / sigma^2), is the one with the smallest d^2 - sigma^2 log w.
        penalties = -sigma_squared * weights.detach().log()
        squared_distance, brightest = _SquaredDistance.apply(starts, ends, size, penalties)
        weight = weights.expand(len(keypoints), -1).gather(1, brightest)
        return (weight * torch.exp(-squared_distance / sigma_squared)).reshape(-1, 1, *size)
