import numpy as np
import pytest

from kpgan_mm.evaluation.skeleton_match import covered_limbs, match_keypoints, share_by_chance


def test_a_permutation_is_found_whatever_the_noise():
    rng = np.random.default_rng(0)
    labels = rng.uniform(0, 64, (20, 4, 2))
    order = [2, 0, 3, 1]
    predictions = labels[:, order] + rng.normal(0, 1, (20, 4, 2))
    assert match_keypoints(predictions, labels) == {joint: order.index(joint) for joint in range(4)}


def test_one_to_one_even_if_two_joints_like_the_same_keypoint():
    labels = np.array([[[0.0, 0.0], [1.0, 0.0]]])
    predictions = np.array([[[0.4, 0.0], [9.0, 0.0]]])
    # 0.4 + 8 is less than 9 + 0.6.
    assert match_keypoints(predictions, labels) == {0: 0, 1: 1}


def test_numbers_may_differ_and_labels_be_missing():
    labels = np.zeros((2, 3, 2))
    labels[:, 1] = 10
    labels[1, 1] = -999
    visible = np.array([[True, True, False], [True, False, False]])
    predictions = np.tile([[10.0, 10.0], [0.0, 0.0], [5.0, 5.0], [-999.0, -999.0]], (2, 1, 1))
    assert match_keypoints(predictions, labels, visible) == {0: 1, 1: 0}
    assert len(match_keypoints(predictions[:, :1], labels, visible)) == 1


def test_covered_limbs():
    limbs = [(0, 1), (1, 2), (2, 3)]
    matched = {0: 3, 1: 1, 2: 0}
    assert covered_limbs(limbs, matched, [(1, 3), (0, 2), (0, 3)]) == [(0, 1)]
    assert covered_limbs(limbs, matched, [(1, 3), (0, 1)]) == [(0, 1), (1, 2)]
    assert share_by_chance(14, 13) == pytest.approx(13 / 91)
