"""How much of a labelled skeleton a learned one covers.

Note: symbols
    - N: images, K: learned keypoints, L: labelled joints
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

Edge = tuple[int, int]


def match_keypoints(predictions: np.ndarray, labels: np.ndarray, visible: np.ndarray | None = None) -> dict[int, int]:
    """Pair keypoints with joints one to one, so that the sum of their mean distances is smallest (Hungarian method).

    Args:
        predictions (np.ndarray): ``(N, K, 2)``.
        labels (np.ndarray): ``(N, L, 2)`` in the same unit.
        visible (np.ndarray, optional): ``(N, L)`` bool, where there is a label. Defaults to everywhere.

    Returns:
        dict[int, int]: joint -> keypoint; the smaller of K and L entries. Joints that are never labelled have none.
    """
    visible = np.ones(labels.shape[:2], bool) if visible is None else visible.astype(bool)
    distances = np.linalg.norm(labels[:, :, None] - predictions[:, None], axis=-1)
    weights = visible[..., None].astype(np.float64)
    labelled = np.flatnonzero(visible.any(axis=0))
    mean = ((distances * weights).sum(axis=0) / np.maximum(weights.sum(axis=0), 1))[labelled]
    return {int(labelled[row]): int(keypoint) for row, keypoint in zip(*linear_sum_assignment(mean), strict=True)}


def covered_limbs(limbs: Sequence[Edge], matched: dict[int, int], links: Sequence[Edge]) -> list[Edge]:
    """The limbs both of whose joints are matched with keypoints that are linked."""
    linked = {frozenset(link) for link in links}
    return [(a, b) for a, b in limbs if {a, b} <= matched.keys() and frozenset((matched[a], matched[b])) in linked]


def share_by_chance(num_keypoints: int, num_links: int) -> float:
    """Share of the limbs that as many links at random cover, if all joints are matched."""
    return num_links / (num_keypoints * (num_keypoints - 1) / 2)
