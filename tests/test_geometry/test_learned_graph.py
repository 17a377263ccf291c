import pytest
import torch

from kpgan_mm.geometry import all_pairs, maximum_spanning_tree, strong_edges

# Pairs of 4 keypoints: 01, 02, 03, 12, 13, 23.
WEIGHTS = torch.tensor([0.018, 2.0, 0.2, 1.0, 0.19, 0.018])


def test_pairs():
    assert all_pairs(4) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    assert len(all_pairs(32)) == 496
    with pytest.raises(ValueError, match='at least 2 keypoints, got 1'):
        all_pairs(1)


def test_strong_edges_are_relative_to_the_strongest():
    """0.018, that of an edge which was never trained, is above the absolute 0.01 of the release."""
    assert strong_edges(WEIGHTS, 4) == [(0, 2), (1, 2), (0, 3)]
    assert strong_edges(WEIGHTS, 4, ratio=0.5) == [(0, 2), (1, 2)]
    assert strong_edges(1000 * WEIGHTS, 4) == strong_edges(WEIGHTS, 4)
    assert strong_edges(torch.full((6,), 0.018), 4) == all_pairs(4)


def test_spanning_tree():
    assert maximum_spanning_tree(WEIGHTS, 4) == [(0, 2), (1, 2), (0, 3)]
    # The third largest weight would close a triangle.
    assert maximum_spanning_tree(torch.tensor([1.5, 2.0, 0.2, 1.0, 0.19, 0.018]), 4) == [(0, 2), (0, 1), (0, 3)]
    assert maximum_spanning_tree(torch.ones(6), 4) == [(0, 1), (0, 2), (0, 3)]


def test_spanning_tree_links_all_with_the_largest_sum():
    from itertools import combinations

    weights = torch.rand(10, generator=torch.Generator().manual_seed(3))
    value = dict(zip(all_pairs(5), weights.tolist(), strict=True))

    def connected(edges) -> bool:
        reached = {0}
        for _ in range(5):
            reached |= {b for edge in edges for a, b in (edge, edge[::-1]) if a in reached}
        return len(reached) == 5

    trees = [edges for edges in combinations(all_pairs(5), 4) if connected(edges)]
    assert len(trees) == 125  # Cayley
    best = max(trees, key=lambda edges: sum(value[edge] for edge in edges))
    assert set(maximum_spanning_tree(weights, 5)) == set(best)


def test_refuses():
    with pytest.raises(ValueError, match=r'4 keypoints have 6 pairs, got weights of shape \(5,\)'):
        strong_edges(WEIGHTS[:5], 4)
    for ratio in (0, 1.1):
        with pytest.raises(ValueError, match='ratio must be above 0 and at most 1'):
            strong_edges(WEIGHTS, 4, ratio)
