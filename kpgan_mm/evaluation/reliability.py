"""Whether confidences mean something: do they tell right keypoints from wrong ones, and are they probabilities?"""

from typing import NamedTuple

import numpy as np

# Confidences of 0 and 1 have no logit.
_LEAST = 1e-4


class ReliabilityBins(NamedTuple):
    """Keypoints sorted by confidence into bins of equal width; what belongs to an empty bin is NaN.

    Attributes:
        edges: ``(M + 1,)`` from 0 to 1.
        counts: ``(M,)`` keypoints in the bin.
        confidence: ``(M,)`` their mean confidence.
        correct: ``(M,)`` the share of them that is right.
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    correct: np.ndarray


def reliability_bins(confidences: np.ndarray, correct: np.ndarray, num_bins: int = 10) -> ReliabilityBins:
    """Sort keypoints into bins.

    Args:
        confidences (np.ndarray): ``(N,)`` in [0, 1].
        correct (np.ndarray): ``(N,)`` bool.
        num_bins (int): M.
    """
    confidences, correct = np.asarray(confidences, np.float64), np.asarray(correct, bool)
    bins = np.minimum((confidences * num_bins).astype(int), num_bins - 1)
    counts = np.bincount(bins, minlength=num_bins)
    with np.errstate(invalid='ignore'):
        means = [np.bincount(bins, values, num_bins) / counts for values in (confidences, correct)]
    return ReliabilityBins(np.linspace(0, 1, num_bins + 1), counts, *means)


def expected_calibration_error(confidences: np.ndarray, correct: np.ndarray, num_bins: int = 10) -> float:
    """Mean over the keypoints of how far confidence and share of right ones are apart in their bin."""
    bins = reliability_bins(confidences, correct, num_bins)
    distances = np.abs(bins.confidence - bins.correct)
    return float(np.nansum(bins.counts * distances) / bins.counts.sum())


def wrong_keypoint_auroc(confidences: np.ndarray, correct: np.ndarray) -> float:
    """Chance that a wrong keypoint has less confidence than a right one; 0.5 says nothing, 1 everything.

    Args:
        confidences (np.ndarray): ``(N,)``.
        correct (np.ndarray): ``(N,)`` bool; NaN is returned unless there are both.
    """
    from sklearn.metrics import roc_auc_score

    correct = np.asarray(correct, bool)
    if correct.all() or not correct.any():
        return float('nan')
    return float(roc_auc_score(correct, confidences))


def auroc_within_keypoints(
    confidences: np.ndarray, correct: np.ndarray, counted: np.ndarray, least: int = 3
) -> tuple[float, int]:
    """Mean over the keypoints of :func:`wrong_keypoint_auroc`: what is left when some are known to be harder.

    Args:
        confidences (np.ndarray): ``(N, K)``.
        correct (np.ndarray): ``(N, K)`` bool.
        counted (np.ndarray): ``(N, K)`` bool, which keypoints have a label.
        least (int): a keypoint counts if at least so many of its readings are right, and as many wrong.

    Returns:
        tuple[float, int]: the mean, and over how many keypoints; (NaN, 0) if none counts.
    """
    values = []
    for k in range(confidences.shape[1]):
        used = counted[:, k]
        right = int(correct[used, k].sum())
        if min(right, int(used.sum()) - right) >= least:
            values.append(wrong_keypoint_auroc(confidences[used, k], correct[used, k]))
    return (float(np.mean(values)), len(values)) if values else (float('nan'), 0)


def fit_calibration(confidences: np.ndarray, correct: np.ndarray, counted: np.ndarray) -> tuple[float, np.ndarray]:
    """Fit :class:`kpgan_mm.models.heads.confidence_calibration.ConfidenceCalibration` by logistic regression.

    One slope for all keypoints, and an offset each that is drawn towards their common one (ridge, C = 1), so that a few
    dozen labelled images are enough. A slope below zero, where confidence misleads, is replaced by 0: the offsets
    alone.

    Args:
        confidences (np.ndarray): ``(N, K)`` raw, in [0, 1].
        correct (np.ndarray): ``(N, K)`` bool.
        counted (np.ndarray): ``(N, K)`` bool, which keypoints have a label.

    Returns:
        tuple[float, np.ndarray]: slope and offsets ``(K,)``.

    Raises:
        ValueError: if all keypoints are right, or all are wrong: there is nothing to tell apart.
    """
    from sklearn.linear_model import LogisticRegression

    right = correct[counted]
    if not len(right) or right.all() or not right.any():
        raise ValueError(
            f'{int(right.sum())} of {len(right)} labelled keypoints are right: a calibration needs right and wrong '
            'ones, so give more images or another --within'
        )
    clipped = np.clip(np.asarray(confidences, np.float64), _LEAST, 1 - _LEAST)
    logits = np.log(clipped / (1 - clipped))
    which = np.broadcast_to(np.eye(confidences.shape[1]), (*confidences.shape, confidences.shape[1]))[counted]
    for inputs in (np.column_stack([logits[counted], which]), which):
        regression = LogisticRegression(C=1.0, max_iter=1000).fit(inputs, right)
        *slope, offsets = np.split(regression.coef_[0], [inputs.shape[1] - which.shape[1]])
        slope = float(slope[0][0]) if len(slope[0]) else 0.0
        if slope >= 0:
            break
    return slope, offsets + regression.intercept_[0]
