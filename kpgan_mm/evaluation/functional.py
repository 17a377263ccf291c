"""Arithmetic of the evaluation protocols, on NumPy arrays.

Note: symbols
    - N: images, K: keypoints
    - an error is a distance divided by the length that counts as one: with image sides, 0.0273 is 2.73 %
"""

from collections.abc import Sequence

import numpy as np

from kpgan_mm.geometry import mirror_keypoints


def mean_keypoint_error(
    predictions: np.ndarray, targets: np.ndarray, sides: np.ndarray, counted: np.ndarray | None = None
) -> np.ndarray:
    """Distance to the target relative to the image side, averaged over the joints of each image.

    Args:
        predictions (np.ndarray): ``(N, K, 2)`` in pixels.
        targets (np.ndarray): ``(N, K, 2)`` in pixels.
        sides (np.ndarray): ``(N,)`` image sides in pixels, or another length that counts as one.
        counted (np.ndarray, optional): ``(N, K)`` bool; joints that are left out are False. Defaults to all joints.

    Returns:
        np.ndarray: ``(N,)`` errors; NaN for an image none of whose joints count.

    Raises:
        ValueError: if the shapes differ or a side is not positive.
    """
    if predictions.shape != targets.shape or predictions.ndim != 3 or predictions.shape[-1] != 2:
        raise ValueError(f'predictions {predictions.shape} and targets {targets.shape} must both be (N, K, 2)')
    if np.any(np.asarray(sides) <= 0):
        raise ValueError('image sides must be positive: a bounding box in the data set is empty')
    distances = np.linalg.norm(predictions - targets, axis=-1) / np.asarray(sides)[:, None]
    counted = np.ones(distances.shape, bool) if counted is None else np.asarray(counted, bool)
    number = counted.sum(axis=1)
    total = np.where(counted, distances, 0.0).sum(axis=1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def pooled_error(distances: np.ndarray, counted: np.ndarray) -> float:
    """Mean over all joints of all images that count, NaN if none does: images with more labels weigh more.

    Args:
        distances (np.ndarray): ``(N, K)``.
        counted (np.ndarray): ``(N, K)`` bool.
    """
    return float(distances[counted].mean()) if counted.any() else float('nan')


def summed_absolute_error(differences: np.ndarray, counted: np.ndarray) -> float:
    """Sum over the coordinates of all joints of the mean absolute difference over the images where they count.

    Args:
        differences (np.ndarray): ``(N, K, 2)``.
        counted (np.ndarray): ``(N, K)`` bool; a joint that never counts adds nothing.
    """
    return float(sum(np.abs(differences[counted[:, k], k]).mean(axis=0).sum() for k in np.flatnonzero(counted.any(0))))


def share_nearer(distances: np.ndarray, counted: np.ndarray, threshold: float) -> float:
    """Share, in [0, 1], of the counting joints that are nearer than a threshold; NaN if none counts.

    Args:
        distances (np.ndarray): ``(N, K)``.
        counted (np.ndarray): ``(N, K)`` bool.
        threshold (float): in the unit of the distances.
    """
    return float((distances[counted] < threshold).mean()) if counted.any() else float('nan')


def choose_sides(
    keypoints: np.ndarray, judge_keypoints: np.ndarray, flip_indices: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Exchange left and right in the images where that brings the pose nearer to a judge's reading.

    No label is used. The released evaluation of Jakab et al. 2020 takes the regressor as it was after pre-training,
    reading the clean skeleton image, as the judge.

    Args:
        keypoints (np.ndarray): ``(N, K, 2)`` predictions.
        judge_keypoints (np.ndarray): ``(N, K, 2)`` in the same units.
        flip_indices (Sequence[int]): K indices; entry k is the joint that mirrors joint k.

    Returns:
        tuple[np.ndarray, np.ndarray]: chosen keypoints ``(N, K, 2)``, and ``(N,)`` bool, True where sides were
            exchanged.
    """
    mirrored = mirror_keypoints(keypoints, flip_indices)
    as_predicted = np.linalg.norm(keypoints - judge_keypoints, axis=-1).mean(axis=1)
    exchanged = np.linalg.norm(mirrored - judge_keypoints, axis=-1).mean(axis=1)
    swapped = exchanged < as_predicted
    return np.where(swapped[:, None, None], mirrored, keypoints), swapped


def macro_average(errors: np.ndarray, groups: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Mean of each group, and the unweighted mean of these means.

    Args:
        errors (np.ndarray): ``(N,)``; NaN entries are left out.
        groups (Sequence[str]): N names.

    Returns:
        tuple[float, dict[str, float]]: the mean over groups, and the mean of each group, by name. A group without any
        value is left out; without any group the mean is NaN.
    """
    means = {}
    names = np.asarray(groups)
    for name in sorted(set(groups)):
        values = errors[(names == name) & ~np.isnan(errors)]
        if len(values):
            means[name] = float(values.mean())
    return (float(np.mean(list(means.values()))) if means else float('nan')), means


def share_inside(keypoints: np.ndarray, mask: np.ndarray) -> float:
    """Share of keypoints that lie on a mask.

    Args:
        keypoints (np.ndarray): ``(K, 2)`` as (x, y) in pixels; pixel centres are integers.
        mask (np.ndarray): ``(H, W)`` bool.

    Returns:
        float: in [0, 1]; a keypoint outside the image is not on the mask.
    """
    height, width = mask.shape
    x, y = np.floor(np.asarray(keypoints) + 0.5).astype(int).T
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return float((inside & mask[y.clip(0, height - 1), x.clip(0, width - 1)].astype(bool)).mean())
