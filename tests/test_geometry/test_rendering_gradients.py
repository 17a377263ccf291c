"""The renderer's own backward pass against finite differences and against plain autograd."""

import pytest
import torch
from torch.autograd import gradcheck
from torch.utils.checkpoint import checkpoint

from kpgan_mm.geometry import render_edge_map, render_skeleton

LINKS = [(0, 1), (1, 2), (2, (0, 1))]


@pytest.mark.parametrize('falloff', ['exponential', 'gaussian'])
def test_gradcheck(falloff):
    keypoints = torch.rand(2, 3, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 1.6 - 0.8
    draw = lambda points: render_skeleton(points, LINKS, (7, 9), sigma=0.5, falloff=falloff)  # noqa: E731
    assert gradcheck(draw, keypoints.requires_grad_(), eps=1e-7, atol=1e-4)


def test_gradcheck_of_the_edge_map():
    keypoints = torch.rand(1, 3, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64) * 1.6 - 0.8
    weights = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64, requires_grad=True)
    draw = lambda points, w: render_edge_map(points, LINKS, w, (6, 6), sigma_squared=0.3)  # noqa: E731
    assert gradcheck(draw, (keypoints.requires_grad_(), weights), eps=1e-7, atol=1e-4)


def test_second_derivatives_are_refused():
    keypoints = torch.rand(1, 3, 2, requires_grad=True)
    image = render_skeleton(keypoints, LINKS, (4, 4))
    with pytest.raises(RuntimeError, match='no second derivatives'):
        torch.autograd.grad(image.sum(), keypoints, create_graph=True)


@pytest.mark.parametrize('reentrant', [True, False])
def test_checkpointed(reentrant):
    keypoints = torch.rand(1, 3, 2, requires_grad=True)
    draw = lambda points: render_skeleton(points, LINKS, (4, 4))  # noqa: E731
    (expected,) = torch.autograd.grad(draw(keypoints).sum(), keypoints)
    checkpoint(draw, keypoints, use_reentrant=reentrant).sum().backward()
    assert torch.equal(keypoints.grad, expected)


def test_gradients_of_a_link_shorter_than_what_is_divided_by():
    """Its place is no longer the nearest one, so that moving it along counts too."""
    keypoints = torch.tensor([[[0.1, 0.2], [0.1004, 0.2003]]], dtype=torch.float64, requires_grad=True)

    def plain(points):
        a, b = points[:, 0], points[:, 1]
        axis = torch.linspace(-1, 1, 5, dtype=torch.float64)
        pixels = torch.stack(torch.meshgrid(axis, axis, indexing='xy'), -1).reshape(-1, 2)
        place = ((pixels - a) @ (b - a).T / 1e-6).clamp(0, 1)
        distance = (pixels - a - place * (b - a)).square().sum(-1)
        return 2 * torch.exp(-distance / 0.25) - 1

    ours = render_skeleton(keypoints, [(0, 1)], (5, 5), sigma=0.5, falloff='gaussian').flatten()
    expected = plain(keypoints)
    torch.testing.assert_close(ours, expected)
    upstream = torch.linspace(-1, 2, 25, dtype=torch.float64)
    (found,) = torch.autograd.grad(ours, keypoints, upstream)
    (wanted,) = torch.autograd.grad(expected, keypoints, upstream)
    torch.testing.assert_close(found, wanted)
