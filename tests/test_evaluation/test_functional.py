import numpy as np
import pytest

from kpgan_mm.evaluation import (
    choose_sides,
    macro_average,
    mean_keypoint_error,
    pooled_error,
    share_inside,
    share_nearer,
    summed_absolute_error,
)


def test_mean_keypoint_error_by_hand():
    predictions = np.array([[[3.0, 4.0], [0.0, 0.0]], [[10.0, 10.0], [20.0, 10.0]]])
    targets = np.array([[[0.0, 0.0], [0.0, 0.0]], [[10.0, 10.0], [10.0, 10.0]]])
    # image 1: distances 5 and 0 of a side of 100; image 2: 0 and 10 of a side of 50
    errors = mean_keypoint_error(predictions, targets, np.array([100.0, 50.0]))
    np.testing.assert_allclose(errors, [0.025, 0.1])


def test_mean_keypoint_error_leaves_out_joints():
    predictions = np.array([[[3.0, 4.0], [0.0, 0.0]], [[1.0, 1.0], [2.0, 2.0]]])
    counted = np.array([[True, False], [False, False]])
    errors = mean_keypoint_error(predictions, np.zeros((2, 2, 2)), np.array([100.0, 100.0]), counted)
    assert errors[0] == pytest.approx(0.05)
    assert np.isnan(errors[1])


def test_mean_keypoint_error_refuses_bad_input():
    with pytest.raises(ValueError, match='must both be'):
        mean_keypoint_error(np.zeros((1, 2, 2)), np.zeros((1, 3, 2)), np.ones(1))
    with pytest.raises(ValueError, match='bounding box'):
        mean_keypoint_error(np.zeros((1, 2, 2)), np.zeros((1, 2, 2)), np.zeros(1))


def test_choose_sides():
    # joints: left, right, axis; the first image agrees with the judge, the second is exchanged
    pose = np.array([[0.0, 0.0], [10.0, 0.0], [5.0, 5.0]])
    mirrored = pose[[1, 0, 2]]
    judge = np.stack([pose, pose]) + 0.5
    chosen, swapped = choose_sides(np.stack([pose, mirrored]), judge, [1, 0, 2])
    np.testing.assert_array_equal(swapped, [False, True])
    np.testing.assert_array_equal(chosen, np.stack([pose, pose]))


def test_choose_sides_keeps_a_tie():
    pose = np.array([[[0.0, 0.0], [10.0, 0.0]]])
    chosen, swapped = choose_sides(pose, np.full((1, 2, 2), 5.0), [1, 0])
    assert not swapped[0]
    np.testing.assert_array_equal(chosen, pose)


def test_macro_average_of_the_published_activities():
    # table 1 of Jakab et al. 2020: six activities, "all" is their unweighted mean
    published = {'wait': 2.66, 'pose': 2.27, 'greet': 2.73, 'direct': 2.35, 'discuss': 2.35, 'walk': 4.00}
    mean, groups = macro_average(np.array(list(published.values())), list(published))
    assert mean == pytest.approx(2.7267, abs=1e-4)
    assert groups == pytest.approx(published)


def test_macro_average_does_not_weigh_by_number():
    mean, groups = macro_average(np.array([1.0, 1.0, 1.0, 5.0, np.nan]), ['a', 'a', 'a', 'b', 'c'])
    assert mean == 3.0
    assert groups == {'a': 1.0, 'b': 5.0}
    assert np.isnan(macro_average(np.array([np.nan]), ['a'])[0])


def test_share_inside():
    mask = np.zeros((4, 6), bool)
    mask[1, 2] = True
    keypoints = np.array([[2.0, 1.0], [2.4, 0.6], [2.6, 1.0], [-1.0, 1.0], [2.0, 9.0]])
    # pixel (2, 1) reaches from 1.5 to 2.5: the first two lie on it, the last two lie outside the image
    assert share_inside(keypoints, mask) == pytest.approx(2 / 5)


def test_scores_over_joints_by_hand():
    distances = np.array([[10.0, 0.0], [40.0, 7.0]])
    counted = np.array([[True, True], [True, False]])
    assert pooled_error(distances, counted) == pytest.approx(50 / 3)
    # ten is not nearer than ten
    assert share_nearer(distances, counted, 10.0) == pytest.approx(1 / 3)
    nothing = np.zeros((2, 2), bool)
    assert np.isnan(pooled_error(distances, nothing)) and np.isnan(share_nearer(distances, nothing, 1.0))


def test_summed_absolute_error_by_hand():
    # first joint: means of (3, -1) and (-4, 0), i.e. 2 and 2; second: 0 and 5 in the one image where it counts
    differences = np.array([[[3.0, -4.0], [0.0, 5.0]], [[-1.0, 0.0], [99.0, 99.0]]])
    counted = np.array([[True, True], [True, False]])
    assert summed_absolute_error(differences, counted) == pytest.approx(9.0)
    assert summed_absolute_error(differences, np.zeros((2, 2), bool)) == 0
