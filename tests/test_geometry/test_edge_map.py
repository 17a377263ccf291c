"""AutoLink's edge map, drawn by the rasteriser that draws skeletons."""

import math

import pytest
import torch

from kpgan_mm.geometry import all_pairs, render_edge_map, render_skeleton
from tests.toys import load_tool

plain_edge_map = load_tool('benchmarks/speed_benchmark/reference/functions').render_edge_map


def random_problem(num_keypoints: int = 6, batch_size: int = 3, dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    keypoints = torch.rand(batch_size, num_keypoints, 2, generator=generator, dtype=dtype) * 1.8 - 0.9
    weights = torch.rand(len(all_pairs(num_keypoints)), generator=generator, dtype=dtype)
    return keypoints, weights


def test_by_hand():
    """A horizontal edge of weight 2 along y = 0; one row above it is d = 1, so 2 exp(-1 / 0.5)."""
    keypoints = torch.tensor([[[-1.0, 0.0], [1.0, 0.0]]])
    edge_map = render_edge_map(keypoints, [(0, 1)], torch.tensor([2.0]), size=(3, 5), sigma_squared=0.5)
    assert edge_map.shape == (1, 1, 3, 5)
    assert edge_map[0, 0, 1].tolist() == [2.0] * 5
    assert edge_map[0, 0, 0].tolist() == pytest.approx([2 * math.exp(-2)] * 5)


@pytest.mark.parametrize(
    ('sigma_squared', 'width'),
    [(5e-2, 23.8), (2.5e-3, 5.3), (1e-3, 3.4), (7.5e-4, 2.9), (5e-4, 2.4), (2.5e-4, 1.7), (7.5e-5, 0.9)],
)
def test_full_width_at_half_maximum(sigma_squared, width):
    """Of a vertical edge, in pixels of a map of 128; counted on a finer grid of the same extent."""
    keypoints = torch.tensor([[[0.0, -0.9], [0.0, 0.9]]], dtype=torch.float64)
    row = render_edge_map(keypoints, [(0, 1)], torch.ones(1), size=(3, 12801), sigma_squared=sigma_squared)[0, 0, 1]
    assert (row >= 0.5).sum().item() / 100 == pytest.approx(width, abs=0.06)


def test_bounds_and_symmetries():
    keypoints, weights = random_problem()
    links, size = all_pairs(6), (16, 12)
    edge_map = render_edge_map(keypoints, links, weights, size, 1e-2)
    assert edge_map.min() >= 0 and edge_map.max() <= weights.max()
    swapped = render_edge_map(keypoints, [(j, i) for i, j in links], weights, size, 1e-2)
    assert torch.allclose(swapped, edge_map)
    # Other names for the keypoints, the weights along with them.
    order = torch.tensor([3, 5, 0, 1, 4, 2])
    place = {int(old): new for new, old in enumerate(order)}
    renamed = [links.index(tuple(sorted((int(order[i]), int(order[j]))))) for i, j in links]
    assert place[3] == 0
    assert torch.allclose(render_edge_map(keypoints[:, order], links, weights[renamed], size, 1e-2), edge_map)


def test_equals_the_plain_formulation_with_both_gradients():
    keypoints, weights = random_problem()
    links, size = all_pairs(6), (14, 11)
    upstream = torch.rand(3, 1, *size, dtype=torch.float64)
    results = []
    for function in (render_edge_map, plain_edge_map):
        inputs = [keypoints.clone().requires_grad_(), weights.clone().requires_grad_()]
        edge_map = function(inputs[0], links, inputs[1], size, 3e-2)
        edge_map.backward(upstream)
        results.append((edge_map, *(value.grad for value in inputs)))
    for ours, plain in zip(*results, strict=True):
        assert torch.allclose(ours, plain, rtol=1e-6, atol=1e-9)


def test_gradcheck():
    keypoints, weights = random_problem(4, 1)
    assert torch.autograd.gradcheck(
        lambda points, values: render_edge_map(points, all_pairs(4), values, (5, 6), 0.3),
        (keypoints.requires_grad_(), weights.requires_grad_()),
    )


def test_what_is_kept_for_the_backward_pass_does_not_grow_with_the_edges():
    def kept(num_keypoints: int) -> int:
        keypoints, weights = random_problem(num_keypoints, 2, torch.float32)
        sizes = []

        def pack(value):
            sizes.append(value.numel())
            return value

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value):
            render_edge_map(keypoints.requires_grad_(), all_pairs(num_keypoints), weights.requires_grad_(), (32, 32))
        return sum(sizes)

    # 6 and 190 edges, each of which has 2 * 32 * 32 pixels.
    assert kept(20) - kept(4) < 184 * 2 * 32 * 32 / 8


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_coincident_keypoints_have_finite_gradients(dtype):
    keypoints = torch.zeros(1, 3, 2, dtype=dtype, requires_grad=True)
    weights = torch.full((3,), 0.5, dtype=dtype, requires_grad=True)
    with torch.autocast('cpu', torch.bfloat16):
        edge_map = render_edge_map(keypoints, all_pairs(3), weights, (9, 9))
    assert edge_map.dtype == torch.float32
    assert edge_map[0, 0].argmax() == 40 and edge_map.max() == 0.5
    edge_map.sum().backward()
    assert torch.isfinite(keypoints.grad).all() and torch.isfinite(weights.grad).all()


@pytest.mark.parametrize('length', [0, 1e-6, 1e-4, 1e-3])
@pytest.mark.parametrize('collapsed_first', [True, False])
def test_a_collapsed_link_hides_no_other(length, collapsed_first):
    points = [[-0.8, -0.8], [0.8, -0.5], [0.3, 0.4], [0.3 + 0.6 * length, 0.4 + 0.8 * length]]
    links = [(2, 3), (0, 1)] if collapsed_first else [(0, 1), (2, 3)]
    upstream = torch.rand(1, 1, 16, 18, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    found = []
    for one_by_one in (False, True):
        keypoints = torch.tensor([points], dtype=torch.float64, requires_grad=True)
        weights = torch.tensor([0.9, 0.7], dtype=torch.float64, requires_grad=True)
        groups = [[0], [1]] if one_by_one else [[0, 1]]
        maps = [render_edge_map(keypoints, [links[e] for e in g], weights[g], (16, 18), 0.05) for g in groups]
        edge_map = torch.stack(maps).amax(dim=0)
        edge_map.backward(upstream)
        found.append((edge_map, keypoints.grad, weights.grad))
    for together, alone in zip(*found, strict=True):
        assert torch.allclose(together, alone)


def test_edges_without_weight():
    keypoints, _ = random_problem(3, 1, torch.float32)
    assert render_edge_map(keypoints, all_pairs(3), torch.zeros(3), (8, 8)).abs().max() == 0
    one = render_edge_map(keypoints, all_pairs(3), torch.tensor([0.0, 0.7, 0.0]), (8, 8), 0.1)
    assert torch.allclose(one, render_edge_map(keypoints, [(0, 2)], torch.tensor([0.7]), (8, 8), 0.1))


def test_equal_weights_give_the_skeleton_of_the_papers_equation():
    keypoints, _ = random_problem(4, 2, torch.float32)
    edge_map = render_edge_map(keypoints, all_pairs(4), torch.ones(6), (10, 10), sigma_squared=0.04)
    assert torch.allclose(2 * edge_map - 1, render_skeleton(keypoints, all_pairs(4), (10, 10), 0.2, 'gaussian'))


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(keypoints=torch.zeros(3, 2)), r'\(B, K, 2\)'),
        (dict(weights=torch.ones(2)), r'one a link, \(3,\), got \(2,\)'),
        (dict(links=[(0, 1), (0, 2), (1, 3)]), 'does not fit 3 keypoints'),
        (dict(size=(1, 8)), 'at least 2 x 2'),
        (dict(sigma_squared=0.0), 'sigma_squared must be positive'),
    ],
)
def test_refuses(arguments, message):
    defaults = dict(keypoints=torch.zeros(1, 3, 2), links=all_pairs(3), weights=torch.ones(3), size=(8, 8))
    with pytest.raises(ValueError, match=message):
        render_edge_map(**{**defaults, **arguments})
