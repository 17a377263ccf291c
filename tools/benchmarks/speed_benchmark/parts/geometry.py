"""Renderer, edge map, coordinate read-out, warps: values and gradients of functions of tensors."""

import torch
from torch import Tensor

from kpgan_mm.geometry import (
    all_pairs,
    marginal_soft_argmax,
    random_thin_plate_splines,
    render_edge_map,
    render_skeleton,
    warp_images,
)

from ..cases import Call, Case
from ..reference import functions as plain

_SIGMA_SQUARED = 1e-2


def differentiate(function, *inputs: Tensor) -> Call:
    """A call that runs the function forward and backward, with the same random gradient coming back each time."""
    leaves = [value.clone().requires_grad_() for value in inputs]
    upstream = []

    def call() -> dict[str, Tensor]:
        output = function(*leaves)
        if not upstream:
            upstream.append(torch.rand(output.shape, generator=torch.Generator().manual_seed(2)))
        gradients = torch.autograd.grad(output, leaves, upstream[0])
        return dict(value=output, **{f'gradient {i}': gradient for i, gradient in enumerate(gradients)})

    return call


def poses(batch: int, num_keypoints: int) -> Tensor:
    """Random keypoints ``(B, K, 2)`` in [-0.9, 0.9]."""
    return torch.rand(batch, num_keypoints, 2, generator=torch.Generator().manual_seed(0)) * 1.8 - 0.9


def chain(num_edges: int, num_keypoints: int) -> list[tuple[int, int]]:
    """Links, round and round over the keypoints, the same pair never twice before all are used."""
    pairs = sorted(all_pairs(num_keypoints), key=lambda pair: pair[1] - pair[0])
    return [tuple(pairs[e % len(pairs)]) for e in range(num_edges)]


def renderer(batch: int, size: int, joints: int, edges: int, part: str = 'renderer', **targets) -> Case:
    """Skeleton images of random poses."""
    links, shape = chain(edges, joints), (size, size)

    def side(function):
        return lambda: differentiate(lambda keypoints: function(keypoints, links, shape), poses(batch, joints))

    name = f'batch {batch}, {size} px, K = {joints}, E = {edges}'
    sides = dict(reference=side(plain.render_skeleton), ours=side(render_skeleton))
    return Case(part, name, sides, images=batch, **targets)


def edge_map(batch: int, size: int, joints: int, part: str = 'edge_map') -> Case:
    """AutoLink's map of all pairs of keypoints, with gradients of keypoints and weights."""
    links, shape = all_pairs(joints), (size, size)
    logits = torch.randn(len(links), generator=torch.Generator().manual_seed(1)) - 4
    weights = torch.nn.functional.softplus(logits)

    def side(function):
        return lambda: differentiate(
            lambda keypoints, weights: function(keypoints, links, weights, shape, _SIGMA_SQUARED),
            poses(batch, joints),
            weights,
        )

    name = f'batch {batch}, {size} px, K = {joints}, E = {len(links)}'
    sides = dict(reference=side(plain.render_edge_map), ours=side(render_edge_map))
    return Case(part, name, sides, images=batch)


def soft_argmax(batch: int, size: int, joints: int) -> Case:
    """Keypoints read off random heatmaps."""
    heatmaps = torch.randn(batch, joints, size, size, generator=torch.Generator().manual_seed(0))

    def side(function):
        return lambda: differentiate(function, heatmaps)

    name = f'batch {batch}, {joints} maps of {size} px'
    sides = dict(reference=side(plain.marginal_soft_argmax), ours=side(marginal_soft_argmax))
    return Case('soft_argmax', name, sides, images=batch)


def thin_plate_spline(batch: int, size: int) -> Case:
    """Random warps of random images; no gradients, as the loader and the model need none."""
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(batch, 3, size, size, generator=generator)
    weights = random_thin_plate_splines(batch, generator=generator)

    def side(function):
        return lambda: lambda: dict(value=function(images, weights))

    sides = dict(reference=side(plain.warp_images), ours=side(warp_images))
    return Case('thin_plate_spline', f'batch {batch}, {size} px', sides, images=batch)
