import numpy as np
import pytest
import torch

from kpgan_mm.evaluation.reliability import (
    auroc_within_keypoints,
    expected_calibration_error,
    fit_calibration,
    reliability_bins,
    wrong_keypoint_auroc,
)
from kpgan_mm.models.heads.confidence_calibration import ConfidenceCalibration

CONFIDENCES = np.array([0.1, 0.3, 0.6, 1.0])
CORRECT = np.array([False, True, True, True])


def test_bins_by_hand():
    bins = reliability_bins(CONFIDENCES, CORRECT, 2)
    assert bins.edges.tolist() == [0, 0.5, 1] and bins.counts.tolist() == [2, 2]
    assert bins.confidence == pytest.approx([0.2, 0.8]) and bins.correct == pytest.approx([0.5, 1.0])


def test_empty_bins_are_nan_and_do_not_count():
    bins = reliability_bins(CONFIDENCES, CORRECT, 10)
    assert bins.counts.tolist() == [0, 1, 0, 1, 0, 0, 1, 0, 0, 1]
    assert np.isnan(bins.confidence[0]) and np.isnan(bins.correct[0])
    assert expected_calibration_error(CONFIDENCES, CORRECT) == pytest.approx((0.1 + 0.7 + 0.4 + 0) / 4)


def test_expected_calibration_error_by_hand():
    # bins of 0.5: |0.2 - 0.5| and |0.8 - 1|, two keypoints each
    assert expected_calibration_error(CONFIDENCES, CORRECT, 2) == pytest.approx(0.25)
    assert expected_calibration_error(CORRECT.astype(float), CORRECT) == 0


def test_auroc_by_hand():
    assert wrong_keypoint_auroc(CONFIDENCES, CORRECT) == 1
    assert wrong_keypoint_auroc(1 - CONFIDENCES, CORRECT) == 0
    assert wrong_keypoint_auroc(np.ones(4), CORRECT) == 0.5
    # the wrong one is below two of three
    assert wrong_keypoint_auroc(np.array([0.4, 0.3, 0.6, 1.0]), CORRECT) == pytest.approx(2 / 3)
    assert np.isnan(wrong_keypoint_auroc(CONFIDENCES, np.ones(4, bool)))


def test_auroc_within_keypoints_forgets_which_are_harder():
    """Keypoint 0 is always surer and more often right; within each, confidence says nothing or everything."""
    confidences = np.array([[0.9, 0.1], [0.9, 0.2], [0.9, 0.3], [0.9, 0.4]])
    correct = np.array([[True, False], [True, False], [False, True], [True, True]])
    counted = np.ones((4, 2), bool)
    assert auroc_within_keypoints(confidences, correct, counted, least=1) == (pytest.approx(0.75), 2)
    assert auroc_within_keypoints(confidences, correct, counted, least=2) == (1.0, 1)
    value, number = auroc_within_keypoints(confidences, correct, counted)
    assert np.isnan(value) and number == 0


def drawn(slope: float, offsets: list[float], number: int = 4000):
    rng = np.random.default_rng(0)
    raw = rng.uniform(0.05, 0.95, (number, len(offsets)))
    probability = 1 / (1 + np.exp(-(slope * np.log(raw / (1 - raw)) + np.array(offsets))))
    return raw, rng.uniform(size=raw.shape) < probability


def test_finds_slope_and_offsets():
    raw, correct = drawn(1.5, [1.0, -0.5])
    counted = np.ones(raw.shape, bool)
    slope, offsets = fit_calibration(raw, correct, counted)
    assert slope == pytest.approx(1.5, abs=0.1) and offsets == pytest.approx([1.0, -0.5], abs=0.1)
    # and the head, with them, is calibrated
    calibration = ConfidenceCalibration(2)
    calibration.slope.fill_(slope)
    calibration.offsets.copy_(torch.as_tensor(offsets))
    calibration.within.fill_(0.05)
    probabilities = calibration(torch.as_tensor(raw)).numpy()
    before = expected_calibration_error(raw.ravel(), correct.ravel())
    assert expected_calibration_error(probabilities.ravel(), correct.ravel()) < 0.02 < before


def test_unlabelled_keypoints_do_not_count():
    raw, correct = drawn(1.5, [1.0, -0.5])
    counted = np.random.default_rng(1).uniform(size=raw.shape) < 0.7
    spoiled = np.where(counted, correct, ~correct)
    for one, other in zip(fit_calibration(raw, correct, counted), fit_calibration(raw, spoiled, counted), strict=True):
        assert one == pytest.approx(other)


def test_misleading_confidences_are_ignored():
    raw, correct = drawn(-1.5, [0.0, 0.0])
    slope, offsets = fit_calibration(raw, correct, np.ones(raw.shape, bool))
    assert slope == 0 and offsets == pytest.approx([0, 0], abs=0.1)


def test_refuses_what_has_no_contrast():
    with pytest.raises(ValueError, match='4 of 4 labelled keypoints are right'):
        fit_calibration(np.full((2, 2), 0.5), np.ones((2, 2), bool), np.ones((2, 2), bool))
