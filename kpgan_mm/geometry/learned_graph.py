"""Read a skeleton off learned edge weights (AutoLink, He et al. 2022).

An absolute threshold counts untrained edges as well: all of them start near softplus(-4) = 0.018. So edges are compared
with the strongest one, or a spanning tree is taken.

Note: symbols
    - K: keypoints, E = K (K - 1) / 2: pairs, in the order of :func:`all_pairs`
"""

from torch import Tensor


def all_pairs(num_keypoints: int) -> list[tuple[int, int]]:
    """All pairs (i, j) of keypoints with i < j, row by row.

    Raises:
        ValueError: for fewer than two keypoints.
    """
    if num_keypoints < 2:
        raise ValueError(f'a graph needs at least 2 keypoints, got {num_keypoints}')
    return [(i, j) for i in range(num_keypoints) for j in range(i + 1, num_keypoints)]


def strong_edges(weights: Tensor, num_keypoints: int, ratio: float = 0.1) -> list[tuple[int, int]]:
    """Edges whose weight is at least ``ratio`` times the largest, strongest first.

    Args:
        weights (Tensor): ``(E,)``, not negative.
        num_keypoints (int): K.
        ratio (float): above 0, at most 1.

    Returns:
        list[tuple[int, int]]: at least one pair (i, j) with i < j.

    Raises:
        ValueError: for another ratio, or if there is not one weight a pair.
    """
    if not 0 < ratio <= 1:
        raise ValueError(f'ratio must be above 0 and at most 1, got {ratio}')
    ranked = _ranked(weights, num_keypoints)
    least = ratio * ranked[0][0]
    return [pair for weight, pair in ranked if weight >= least]


def maximum_spanning_tree(weights: Tensor, num_keypoints: int) -> list[tuple[int, int]]:
    """The K - 1 edges that link all keypoints with the largest sum of weights, strongest first.

    Args:
        weights (Tensor): ``(E,)``.
        num_keypoints (int): K.

    Returns:
        list[tuple[int, int]]: pairs (i, j) with i < j.

    Raises:
        ValueError: if there is not one weight a pair.
    """
    component = list(range(num_keypoints))
    tree = []
    for _, (i, j) in _ranked(weights, num_keypoints):
        kept, merged = component[i], component[j]
        if kept != merged:
            tree.append((i, j))
            component = [kept if number == merged else number for number in component]
    return tree


def _checked_pairs(weights: Tensor, num_keypoints: int) -> list[tuple[int, int]]:
    pairs = all_pairs(num_keypoints)
    if weights.shape != (len(pairs),):
        raise ValueError(
            f'{num_keypoints} keypoints have {len(pairs)} pairs, got weights of shape {tuple(weights.shape)}'
        )
    return pairs


def _ranked(weights: Tensor, num_keypoints: int) -> list[tuple[float, tuple[int, int]]]:
    """(weight, pair), the largest weight first; of equal ones the first pair."""
    pairs = _checked_pairs(weights, num_keypoints)
    return sorted(zip(weights.detach().tolist(), pairs, strict=True), key=lambda entry: (-entry[0], entry[1]))
