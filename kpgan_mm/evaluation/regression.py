"""Supervised post-processing: a linear map from predicted to labelled keypoints, fitted with labels of training images.

Note: symbols
    - N: images, P: predicted keypoints, K: labelled joints; P and K may differ
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kpgan_mm.geometry import mirror_keypoints

from .functional import mean_keypoint_error
from .protocols import Protocol

# AutoLink: left and right are settled when not more than so many training images would still be exchanged.
SETTLED_BELOW = 10
MAX_ROUNDS = 100
# BKinD, 13 pairs of Human3.6M: a figure faces the camera if at least 9 left joints are right of their counterparts.
FACING_SHARE = 9 / 13


class KeypointRegression:
    """Ordinary least squares from all predicted coordinates to every labelled one.

    The coordinates of a joint are fitted over the images where it counts; where all joints count everywhere, this is
    one ordinary regression. If the predictions do not determine the map (a keypoint that never moves, or fewer images
    than coordinates), it is the one of the smallest coefficients, as scikit-learn's ``LinearRegression`` gives it,
    and as ridge regression tends to with its alpha going to zero.

    Args:
        intercept (bool): whether the map has an intercept.

    Attributes:
        coefficients (np.ndarray): ``(2 P, K, 2)``; NaN for a joint that counted in no image.
        intercepts (np.ndarray): ``(K, 2)``.
        rank (int): the smallest rank among the joints' problems; below ``2 P`` the map was not determined.
    """

    def __init__(self, intercept: bool) -> None:
        self.intercept = intercept

    def fit(self, predictions: np.ndarray, targets: np.ndarray, counted: np.ndarray) -> 'KeypointRegression':
        """Fit.

        Args:
            predictions (np.ndarray): ``(N, P, 2)``.
            targets (np.ndarray): ``(N, K, 2)``.
            counted (np.ndarray): ``(N, K)`` bool.

        Returns:
            KeypointRegression: itself.

        Raises:
            ValueError: if no joint counts in any image, or a prediction is not finite.
        """
        # Here, so that the other metrics do without the package.
        from sklearn.linear_model import LinearRegression

        features = _flat(predictions)
        if not counted.any():
            raise ValueError('no joint of the images to fit on is labelled: nothing to fit a regression with')
        if not np.isfinite(features).all():
            raise ValueError('a prediction for the images to fit on is NaN or infinite: the model diverged')
        self.coefficients = np.full((features.shape[1], *targets.shape[1:]), np.nan)
        self.intercepts = np.full(targets.shape[1:], np.nan)
        self.rank = features.shape[1]
        # Joints that count in the same images share one problem.
        patterns, pattern_of_joint = np.unique(counted, axis=1, return_inverse=True)
        for number, images in enumerate(patterns.T):
            joints = np.flatnonzero(pattern_of_joint.ravel() == number)
            if not images.any():
                continue
            linear = LinearRegression(fit_intercept=self.intercept)
            linear.fit(features[images], _flat(targets[images][:, joints]))
            self.coefficients[:, joints] = linear.coef_.T.reshape(-1, len(joints), 2)
            self.intercepts[joints] = np.broadcast_to(linear.intercept_, 2 * len(joints)).reshape(-1, 2)
            self.rank = min(self.rank, int(linear.rank_))
        return self

    def predict(self, predictions: np.ndarray) -> np.ndarray:
        """Map predictions.

        Args:
            predictions (np.ndarray): ``(N, P, 2)``.

        Returns:
            np.ndarray: ``(N, K, 2)``; NaN for joints that counted in no image of the fit.

        Raises:
            ValueError: if there are more or less predicted keypoints than in the fit.
        """
        features = _flat(predictions)
        if features.shape[1] != len(self.coefficients):
            raise ValueError(
                f'the regression was fitted on {len(self.coefficients) // 2} predicted keypoints, got '
                f'{features.shape[1] // 2}: fit and test images must be predicted by one model'
            )
        return np.einsum('nf,fkc->nkc', features, self.coefficients) + self.intercepts


class Fit(NamedTuple):
    """A regression, and what it was fitted on.

    Attributes:
        regression (KeypointRegression): the map.
        mean_pose (np.ndarray): ``(K, 2)`` mean of the labels, NaN for joints that never counted.
        num_images (int): images that the last fit saw.
        num_exchanged (int): images whose left and right were exchanged.
        num_dropped (int): images dropped as outliers.
    """

    regression: KeypointRegression
    mean_pose: np.ndarray
    num_images: int
    num_exchanged: int
    num_dropped: int


def turned_back(targets: np.ndarray, flip_indices: Sequence[int], left: Sequence[int]) -> np.ndarray:
    """Find the images where a figure turns its back: less than 9 of 13 left joints are right of their counterparts.

    Args:
        targets (np.ndarray): ``(N, K, 2)`` as (x, y), x to the right of the picture.
        flip_indices (Sequence[int]): K indices; entry k is the joint that mirrors joint k.
        left (Sequence[int]): the left joint of every pair.

    Returns:
        np.ndarray: ``(N,)`` bool, True where left and right are to be exchanged.
    """
    right = [flip_indices[joint] for joint in left]
    return (targets[:, left, 0] > targets[:, right, 0]).sum(axis=1) < FACING_SHARE * len(left)


def nearer_mirrored(
    predictions: np.ndarray, targets: np.ndarray, counted: np.ndarray, flip_indices: Sequence[int]
) -> np.ndarray:
    """Find the images whose label is nearer to the prediction once left and right are exchanged.

    Args:
        predictions (np.ndarray): ``(N, K, 2)``.
        targets (np.ndarray): ``(N, K, 2)``.
        counted (np.ndarray): ``(N, K)`` bool.
        flip_indices (Sequence[int]): K indices; entry k is the joint whose label joint k takes.

    Returns:
        np.ndarray: ``(N,)`` bool.
    """
    mirrored = mirror_keypoints(targets, flip_indices), counted[:, list(flip_indices)]
    return _errors(predictions, *mirrored) < _errors(predictions, targets, counted)


def exchange(
    targets: np.ndarray, counted: np.ndarray, images: np.ndarray, flip_indices: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Exchange left and right of the labels, and of what counts, in the images where ``images`` ``(N,)`` is True."""
    return (
        np.where(images[:, None, None], mirror_keypoints(targets, flip_indices), targets),
        np.where(images[:, None], counted[:, list(flip_indices)], counted),
    )


def fit_regression(
    protocol: Protocol,
    predictions: np.ndarray,
    targets: np.ndarray,
    counted: np.ndarray,
    flip_indices: Sequence[int],
    left: Sequence[int] = (),
) -> Fit:
    """Fit as a protocol says: sides of the labels first or in turns, outliers dropped last.

    Args:
        protocol (Protocol): the definition.
        predictions (np.ndarray): ``(N, P, 2)``, the box's longer side being 1.
        targets (np.ndarray): ``(N, K, 2)``.
        counted (np.ndarray): ``(N, K)`` bool.
        flip_indices (Sequence[int]): K indices; entry k is the joint whose label joint k takes at an exchange.
        left (Sequence[int]): the left joint of every pair, for ``fit_sides='facing'``.

    Returns:
        Fit: the regression and what it saw.

    Raises:
        ValueError: see :meth:`KeypointRegression.fit`.
    """
    exchanged = np.zeros(len(targets), bool)
    if protocol.fit_sides == 'facing':
        exchanged = turned_back(targets, flip_indices, left)
        targets, counted = exchange(targets, counted, exchanged, flip_indices)
    regression = KeypointRegression(protocol.intercept)
    fitted = regression.fit(predictions, targets, counted).predict(predictions)
    if protocol.fit_sides == 'alternating':
        for _ in range(MAX_ROUNDS):
            better = nearer_mirrored(fitted, targets, counted, flip_indices)
            if better.sum() <= SETTLED_BELOW:
                break
            targets, counted = exchange(targets, counted, better, flip_indices)
            exchanged ^= better
            fitted = regression.fit(predictions, targets, counted).predict(predictions)
    kept = counted.any(axis=1)
    num_labelled = int(kept.sum())
    if protocol.outlier_deviations is not None and num_labelled > 1:
        errors = _errors(fitted, targets, counted)
        limit = np.nanmean(errors) + protocol.outlier_deviations * np.nanstd(errors, ddof=1)
        # Where all errors are alike, rounding must not drop an image.
        kept &= errors <= limit
        if kept.sum() < num_labelled:
            regression.fit(predictions[kept], targets[kept], counted[kept])
    total = np.where(counted[kept][..., None], targets[kept], 0).sum(axis=0)
    number = counted[kept].sum(axis=0)[:, None]
    mean_pose = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return Fit(regression, mean_pose, int(kept.sum()), int(exchanged.sum()), num_labelled - int(kept.sum()))


def _flat(keypoints: np.ndarray) -> np.ndarray:
    return keypoints.reshape(len(keypoints), -1)


def _errors(predictions: np.ndarray, targets: np.ndarray, counted: np.ndarray) -> np.ndarray:
    return mean_keypoint_error(predictions, targets, np.ones(len(targets)), counted)
