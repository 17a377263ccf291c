import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge

from kpgan_mm.evaluation import KeypointRegression, find_protocol, fit_regression
from kpgan_mm.evaluation.regression import nearer_mirrored, turned_back


def data(num_images=40, num_predicted=3, num_joints=2, seed=0):
    rng = np.random.default_rng(seed)
    predictions = rng.uniform(0, 1, (num_images, num_predicted, 2))
    targets = rng.uniform(0, 1, (num_images, num_joints, 2))
    return predictions, targets, np.ones((num_images, num_joints), bool)


class TestAgainstScikitLearn:
    """The published scripts in their own coordinates, on the same random data."""

    @pytest.mark.parametrize('intercept', [True, False])
    def test_yx_pixels_of_128(self, intercept):
        """IMM: (y, x) in pixels of a 128 picture, ridge with alpha 0."""
        predictions, targets, counted = data()
        unseen = data(seed=1)[0]
        ours = KeypointRegression(intercept).fit(predictions, targets, counted).predict(unseen)

        def released(keypoints):
            return (128 * keypoints[..., ::-1]).reshape(len(keypoints), -1)

        ridge = Ridge(alpha=0.0, fit_intercept=intercept).fit(released(predictions), released(targets))
        theirs = ridge.predict(released(unseen)).reshape(-1, 2, 2)[..., ::-1] / 128
        np.testing.assert_allclose(ours, theirs, atol=1e-9)

    def test_minus_one_to_one(self):
        """BKinD: coordinates in [-1, 1], ridge with alpha 0 and no intercept; ours has (0, 0) at the centre."""
        predictions, targets, counted = data()
        unseen = data(seed=1)[0]
        ours = KeypointRegression(False).fit(predictions - 0.5, targets - 0.5, counted).predict(unseen - 0.5) + 0.5
        ridge = Ridge(alpha=0.0, fit_intercept=False)
        ridge.fit((2 * predictions - 1).reshape(40, -1), (2 * targets - 1).reshape(40, -1))
        theirs = (ridge.predict((2 * unseen - 1).reshape(40, -1)) + 1) / 2
        np.testing.assert_allclose(ours.reshape(40, -1), theirs, atol=1e-9)

    def test_normal_equations_joint_by_joint(self):
        """AutoLink on birds: a system of its own for every joint, over the images where it is visible."""
        predictions, targets, counted = data(num_joints=3)
        counted[::2, 1] = counted[::3, 2] = False
        fitted = KeypointRegression(False).fit(predictions, targets, counted)
        for joint in range(3):
            x, y = predictions[counted[:, joint]].reshape(-1, 6), targets[counted[:, joint], joint]
            np.testing.assert_allclose(fitted.coefficients[:, joint], np.linalg.inv(x.T @ x) @ x.T @ y, atol=1e-9)

    @pytest.mark.parametrize('num_images', [40, 4])
    def test_rank_deficient(self, num_images):
        """Two keypoints at one place, and fewer images than coordinates."""
        predictions, targets, counted = data(num_images)
        predictions[:, 1] = predictions[:, 0]
        ours = KeypointRegression(True).fit(predictions, targets, counted)
        theirs = LinearRegression().fit(predictions.reshape(num_images, -1), targets.reshape(num_images, -1))
        np.testing.assert_allclose(ours.coefficients.reshape(6, 4), theirs.coef_.T, atol=1e-9)
        assert ours.rank == min(4, num_images - 1)


def test_minimum_norm_by_hand():
    # both keypoints say the same, so each gets half; the third never moves from (0, 0) and gets nothing
    positions = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    predictions = np.stack([positions, positions, np.zeros((3, 2))], axis=1)
    regression = KeypointRegression(False).fit(predictions, positions[:, None], np.ones((3, 1), bool))
    expected = [[0.5, 0], [0, 0.5], [0.5, 0], [0, 0.5], [0, 0], [0, 0]]
    np.testing.assert_allclose(regression.coefficients[:, 0], expected, atol=1e-12)
    assert regression.rank == 2
    np.testing.assert_array_equal(regression.intercepts, 0)


def test_one_image():
    regression = KeypointRegression(True).fit(np.ones((1, 1, 2)), np.full((1, 1, 2), 7.0), np.ones((1, 1), bool))
    np.testing.assert_allclose(regression.predict(np.zeros((1, 1, 2))), 7.0)
    assert regression.rank == 0


def test_a_joint_that_never_counts():
    predictions, targets, counted = data()
    counted[:, 1] = False
    regression = KeypointRegression(True).fit(predictions, targets, counted)
    mapped = regression.predict(predictions)
    assert np.isfinite(mapped[:, 0]).all() and np.isnan(mapped[:, 1]).all()
    assert regression.rank == 6


def test_errors_are_one_sentence():
    predictions, targets, counted = data()
    regression = KeypointRegression(True)
    with pytest.raises(ValueError, match='no joint of the images to fit on is labelled'):
        regression.fit(predictions, targets, np.zeros_like(counted))
    with pytest.raises(ValueError, match='NaN or infinite'):
        regression.fit(predictions * np.nan, targets, counted)
    with pytest.raises(ValueError, match='fitted on 3 predicted keypoints, got 2'):
        regression.fit(predictions, targets, counted).predict(predictions[:, :2])


def test_turned_back_of_thirteen_pairs():
    """9 of 13 left joints on the right face the camera, 8 do not."""
    flip_indices = [*range(13, 26), *range(13)]
    poses = np.zeros((2, 26, 2))
    poses[0, :9, 0] = poses[1, :8, 0] = 1.0
    np.testing.assert_array_equal(turned_back(poses, flip_indices, range(13)), [False, True])


def test_nearer_mirrored():
    targets = np.array([[[0.0, 0.0], [1.0, 0.0]]] * 3)
    predictions = np.array([targets[0], targets[0, ::-1], [[0.5, 0.0], [0.5, 0.0]]])
    counted = np.ones((3, 2), bool)
    # a tie is left as it is labelled
    np.testing.assert_array_equal(nearer_mirrored(predictions, targets, counted, [1, 0]), [False, True, False])
    # nothing to compare with
    assert not nearer_mirrored(predictions, targets, np.zeros((3, 2), bool), [1, 0]).any()


class TestAlternating:
    """AutoLink's fit, with predictions that are right and labels whose sides are not."""

    def labels(self, num_images, num_swapped):
        truth = np.random.default_rng(0).uniform(0, 1, (num_images, 2, 2))
        truth[:, 1] += 1.0
        labels = truth.copy()
        labels[:num_swapped] = labels[:num_swapped, ::-1]
        return truth, labels, np.ones((num_images, 2), bool)

    def test_exchanges_until_settled(self):
        truth, labels, counted = self.labels(60, 20)
        fit = fit_regression(find_protocol('autolink'), truth, labels, counted, [1, 0])
        assert fit.num_exchanged == 20
        np.testing.assert_allclose(fit.regression.predict(truth), truth, atol=1e-9)
        np.testing.assert_allclose(fit.mean_pose, truth.mean(axis=0))

    def test_ten_images_are_not_worth_a_round(self):
        truth, labels, counted = self.labels(60, 10)
        assert fit_regression(find_protocol('autolink'), truth, labels, counted, [1, 0]).num_exchanged == 0
        truth, labels, counted = self.labels(60, 11)
        assert fit_regression(find_protocol('autolink'), truth, labels, counted, [1, 0]).num_exchanged == 11

    def test_outliers_are_dropped(self):
        truth, labels, counted = self.labels(60, 0)
        labels[7] += 5.0
        fit = fit_regression(find_protocol('autolink'), truth, labels, counted, [0, 1])
        assert (fit.num_dropped, fit.num_images) == (1, 59)
        np.testing.assert_allclose(fit.regression.predict(truth), truth, atol=1e-9)
        # lmdis keeps it
        assert fit_regression(find_protocol('lmdis'), truth, labels, counted, [0, 1]).num_images == 60

    def test_a_perfect_fit_has_no_outliers(self):
        truth, labels, counted = self.labels(60, 0)
        predictions = np.zeros((60, 1, 2))
        fit = fit_regression(find_protocol('autolink'), predictions, predictions, counted[:, :1], [0])
        assert (fit.num_dropped, fit.num_images) == (0, 60)


def test_facing():
    # Two joints, left and right. The second figure shows its back: its labels are exchanged before the fit.
    predictions = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    targets = np.array([[[2.0, 0.0], [1.0, 0.0]], [[3.0, 0.0], [4.0, 0.0]]])
    fit = fit_regression(find_protocol('bkind'), predictions, targets, np.ones((2, 2), bool), [1, 0], [0])
    assert fit.num_exchanged == 1
    np.testing.assert_allclose(fit.mean_pose, [[3.0, 0.0], [2.0, 0.0]])
    np.testing.assert_allclose(fit.regression.predict(predictions)[1], [[4.0, 0.0], [3.0, 0.0]], atol=1e-12)
