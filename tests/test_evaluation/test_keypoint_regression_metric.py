"""Every protocol on numbers that can be worked out by hand. Boxes are 100 pixels wide unless said otherwise."""

import numpy as np
import pytest

from kpgan_mm.evaluation import PROTOCOLS, KeypointRegressionMetric
from kpgan_mm.registry import METRICS
from tests.metric_samples import meta, sample

LEFT_RIGHT = meta(['left_hip', 'right_hip'], [1, 0])


def evaluate(train, test, names=('a', 'b'), dataset_meta=None, **options):
    """Figures without the protocol's name, which all must carry."""
    metric = KeypointRegressionMetric(**options)
    metric.dataset_meta = dataset_meta or meta(names)
    metric.process_fit(None, train)
    metric.finish_fit(len(train))
    metric.process(None, test)
    figures = metric.evaluate(len(test))
    assert all(name.startswith(metric.prefix + '/') for name in figures)
    return {name[len(metric.prefix) + 1 :]: value for name, value in figures.items()}


class TestIMM:
    # One predicted point; predictions (50, 0) and (0, 50) are labelled with these two faces. Without intercept the
    # prediction (50, 50) is the sum of both: (60, 60), (100, 120).
    train = [sample([[50, 0]], [[20, 40], [60, 40]]), sample([[0, 50]], [[40, 20], [40, 80]])]
    # The first eye is right, the second 30 pixels off; the eyes are hypot(40, 30) = 50 apart: 0 % and 60 %.
    test = [sample([[50, 50]], [[60, 60], [100, 90]])]

    def test_by_hand(self):
        figures = evaluate(self.train, self.test, protocol='imm')
        assert figures['error'] == pytest.approx(30.0)
        assert figures['fit_error'] == pytest.approx(0.0, abs=1e-9)
        # the mean face is (30, 30), (50, 60): off by hypot(30, 30) and hypot(50, 30) of 50 pixels
        assert figures['mean_pose_error'] == pytest.approx(50 * (np.hypot(30, 30) + np.hypot(50, 30)) / 50)

    def test_bias(self):
        # From the mean prediction, (50, 50) lies across the line that was fitted: the map gives the mean face.
        figures = evaluate(self.train, self.test, protocol='imm', intercept=True)
        assert figures['error'] == pytest.approx(figures['mean_pose_error'])
        assert KeypointRegressionMetric(protocol='imm', intercept=True).prefix == 'imm_intercept'
        assert KeypointRegressionMetric(protocol='imm', intercept=False).prefix == 'imm'

    def test_other_eyes_and_units(self):
        assert evaluate(self.train, self.test, protocol='imm', unit='percent')['error'] == pytest.approx(15.0)
        assert KeypointRegressionMetric(protocol='imm', unit='percent').prefix == 'imm_percent'
        faces = [sample([[50, 50]], [[60, 60], [100, 90]])]
        with pytest.raises(ValueError, match='eyes must be two different joints below 2'):
            evaluate(self.train, faces, protocol='imm', eyes=(36, 45))

    def test_autolink_celeba_is_the_same(self):
        assert evaluate(self.train, self.test, protocol='autolink_celeba')['error'] == pytest.approx(30.0)


class TestLMDis:
    # Relative to the centre, (0.5, 0) is labelled (0.2, 0) and (0, 0.5) is labelled (0, 0.4); the last is not labelled.
    train = [sample([[100, 50]], [[70, 50]]), sample([[50, 100]], [[50, 90]]), sample([[90, 90]], [[0, 0]])]
    # (0.5, 0.5) becomes (0.2, 0.4), pixel (70, 90); the label is 10 pixels above
    test = [sample([[100, 100]], [[70, 80]]), sample([[3, 3]], [[0, 0]])]

    def test_by_hand(self):
        figures = evaluate(self.train, self.test, 'a', protocol='lmdis')
        assert figures['error'] == pytest.approx(10.0)
        # the mean of the labels is (60, 70)
        assert figures['mean_pose_error'] == pytest.approx(np.hypot(10, 10))

    def test_eye_distance(self):
        train = [sample([[100, 50]], [[70, 50], [50, 50]]), sample([[50, 100]], [[50, 90], [50, 50]])]
        test = [sample([[100, 100]], [[70, 80], [50, 80]]), sample([[3, 3]], np.zeros((2, 2)))]
        # (70, 90) and (50, 50) are off by 10 and 30 pixels of 20 between the eyes
        figures = evaluate(train, test, protocol='lmdis', unit='inter_ocular')
        assert figures['error'] == pytest.approx(100.0)


class TestBKinD:
    # Relative to the centre, (0.5, 0) is labelled left (0.1, 0), right (-0.1, 0). The second figure shows its back: its
    # label is exchanged before the fit, so that (0, 0.5) means left (0.2, 0.1), right (-0.2, 0.1).
    train = [sample([[100, 50]], [[60, 50], [40, 50]]), sample([[50, 100]], [[30, 60], [70, 60]])]
    # (0.5, 0.5) becomes left (80, 60), right (20, 60)
    wrong = dict(prediction=[[100, 100]], truth=[[20, 60], [80, 50]])
    exact = dict(prediction=[[100, 100]], truth=[[80, 60], [20, 60]])

    def test_by_hand(self):
        test = [sample(**self.wrong, activity='walk') for _ in range(2)] + [sample(**self.exact, activity='sit')]
        figures = evaluate(self.train, test, dataset_meta=LEFT_RIGHT, protocol='bkind')
        # against the exchanged label of the first two: 10 and 0 pixels
        assert figures['error/walk'] == pytest.approx(5.0)
        assert figures['error/sit'] == pytest.approx(0.0, abs=1e-9)
        assert figures['error'] == pytest.approx(2.5)
        assert figures['error_over_images'] == pytest.approx(10 / 3)
        as_labelled = (60 + np.hypot(60, 10)) / 2
        assert figures['error_as_labelled'] == pytest.approx((as_labelled + 0) / 2)
        assert figures['fit_error'] == pytest.approx(0.0, abs=1e-9)

    def test_left_is_found_by_name(self):
        for names in (['l_hip', 'r_hip'], ['hip_left', 'hip_right'], ['Left_Hip', 'Right_Hip']):
            figures = evaluate(self.train, [sample(**self.exact)], dataset_meta=meta(names, [1, 0]), protocol='bkind')
            assert figures['error'] == pytest.approx(0.0, abs=1e-9)
        for names, flip_indices in ((['near', 'far'], [1, 0]), (['left_hip', 'right_hip'], [0, 1])):
            with pytest.raises(ValueError, match='bkind must know which joint of a pair is left'):
                evaluate(self.train, self.train, dataset_meta=meta(names, flip_indices), protocol='bkind')

    def test_a_choice_of_joints_keeps_pairs(self):
        names = meta(['left_hip', 'right_hip', 'nose'], [1, 0, 2])
        train = [sample([[100, 50]], [[60, 50], [40, 50], [0, 0]]), sample([[50, 100]], [[30, 60], [70, 60], [0, 0]])]
        test = [sample([[100, 100]], [[80, 60], [20, 60], [100, 100]])]
        options = dict(dataset_meta=names, protocol='bkind')
        assert evaluate(train, test, keypoint_indices=[0, 1], **options)['error'] == pytest.approx(0.0, abs=1e-9)
        assert evaluate(train, test, **options)['error'] > 1
        with pytest.raises(ValueError, match='has joint 0 and not its counterpart 1'):
            evaluate(train, test, keypoint_indices=[0, 2], **options)


class TestAutoLink:
    """Predictions are the joints; labels have left and right wrong in 12 of 40 images, and in one test image."""

    def train(self):
        rng = np.random.default_rng(0)
        truths = rng.uniform(0, 40, (40, 2, 2)) + [[0, 0], [60, 0]]
        return [sample(truth, truth[::-1] if image < 12 else truth) for image, truth in enumerate(truths)]

    test = [sample([[10, 50], [70, 50]], [[70, 50], [10, 46]]), sample([[10, 50], [70, 50]], [[10, 50], [70, 50]])]

    def test_by_hand(self):
        figures = evaluate(self.train(), self.test, dataset_meta=LEFT_RIGHT, protocol='autolink')
        # first image, exchanged: 4 and 0 pixels; second image: 0
        assert figures['error'] == pytest.approx(1.0)
        assert figures['error_as_labelled'] == pytest.approx((60 + np.hypot(60, 4)) / 4)
        assert figures['fit_error'] == pytest.approx(0.0, abs=1e-9)

    def test_lmdis_takes_labels_as_they_are(self):
        assert evaluate(self.train(), self.test, dataset_meta=LEFT_RIGHT, protocol='lmdis')['fit_error'] > 5

    def test_an_outlier_is_not_fitted(self):
        points = np.random.default_rng(0).uniform(0, 100, (30, 1, 2))
        train = [sample(point, point) for point in points] + [sample([[50, 50]], [[90, 90]])]
        test = [sample([[20, 30]], [[23, 34]])]
        assert evaluate(train, test, 'a', protocol='autolink')['error'] == pytest.approx(5.0)

    def test_birds_weigh_by_visible_landmarks(self):
        train = [
            sample([[50, 0]], [[50, 0], [0, 0]], visible=[1, 0]),
            sample([[0, 50]], [[0, 50], [0, 0]], visible=[1, 0]),
        ]
        train += [
            sample([[50, 0]], [[9, 9], [0, 50]], visible=[0, 1]),
            sample([[0, 50]], [[9, 9], [50, 0]], visible=[0, 1]),
        ]
        # The first landmark is where the prediction is, the second with x and y exchanged.
        test = [
            sample([[20, 40]], [[30, 40], [40, 20]]),  # 10 and 0
            sample([[20, 40]], [[60, 40], [99, 99]], visible=[1, 0]),  # 40
        ]
        figures = evaluate(train, test, protocol='autolink_cub')
        assert figures['error'] == pytest.approx(50 / 3)
        assert figures['fit_error'] == pytest.approx(0.0, abs=1e-9)
        assert evaluate(train, test, protocol='autolink_celeba', unit='percent', visible_only=True)[
            'error'
        ] == pytest.approx((5 + 40) / 2)

    def test_taichi_sums_absolute_errors(self):
        box = (0.0, 0.0, 255.0, 255.0)  # pixels are the unit
        points = np.array([[10.0, 10], [50, 10], [10, 80], [70, 60]])
        # first joint: moved by (10, 0); second: twice the prediction, hidden in the last image
        train = [
            sample([point], [point + [10, 0], 2 * point], visible=[1, image < 3], box=box)
            for image, point in enumerate(points)
        ]
        test = [
            sample([[10, 20]], [[23, 16], [20, 45]], box=box),  # (20, 20) and (20, 40): 3, 4 and 0, 5
            sample([[30, 30]], [[41, 30], [0, 0]], visible=[1, 0], box=box),  # (40, 30): 1, 0
        ]
        # means per coordinate: 2, 2, 0, 5
        figures = evaluate(train, test, protocol='autolink_taichi')
        assert figures['error'] == pytest.approx(9.0)
        with pytest.raises(ValueError, match='autolink_taichi is defined in 1/255 of the image side only'):
            KeypointRegressionMetric(protocol='autolink_taichi', unit='percent')

    def test_deepfashion_counts_near_joints(self):
        box = (0.0, 0.0, 255.0, 255.0)
        train = [sample([[50, 0]], [[50, 0], [0, 0]], box=box), sample([[0, 50]], [[0, 50], [0, 0]], box=box)]
        # distances 5, 6, 0 and 5.9: six is not nearer than six
        test = [
            sample([[20, 40]], [[23, 44], [0, 6]], box=box),
            sample([[20, 40]], [[20, 40], [5.9, 0]], box=box),
        ]
        figures = evaluate(train, test, protocol='autolink_deepfashion')
        assert figures['pck'] == pytest.approx(75.0)
        assert set(figures) == {'pck', 'mean_pose_pck', 'fit_pck'}


class TestKeypointGAN:
    # Three predictions and their labels: twice the prediction, moved by (10, 20).
    train = [sample([[x, y]], [[2 * x + 10, 2 * y + 20], [5, 5]]) for x, y in ((0, 0), (10, 0), (0, 10))]
    # (20, 20) becomes (50, 60), (5, 5)
    test = [
        sample([[20, 20]], [[53, 64], [5, 5]], activity='walk'),  # 5 and 0
        sample([[20, 20]], [[50, 60], [5, 5]], activity='sit'),
        sample([[20, 20]], [[50, 60], [5, 5]], activity='sit'),
    ]

    def test_by_hand(self):
        figures = evaluate(self.train, self.test)
        assert figures['error'] == pytest.approx(1.25)
        assert figures['error/walk'] == pytest.approx(2.5)
        assert figures['error_over_images'] == pytest.approx(2.5 / 3)

    def test_table_3(self):
        # the eyes of the first image are hypot(48, 59) apart, those of the others hypot(45, 55)
        figures = evaluate(self.train, self.test, unit='inter_ocular')
        assert figures['error'] == pytest.approx(100 * 2.5 / np.hypot(48, 59) / 2)
        metric = KeypointRegressionMetric(unit='inter_ocular', eyes=(36, 45), intercept=False)
        assert metric.prefix == 'keypointgan_regression_inter_ocular_no_intercept'

    def test_boxes_of_different_sizes(self):
        """The map is one of positions in the box: twice the picture, twice the label."""
        large = sample([[140, 240]], [[206, 328], [110, 210]], box=(100.0, 200.0, 300.0, 400.0))
        assert evaluate(self.train, [large])['error'] == pytest.approx(2.5)
        assert evaluate(self.train, [large], unit='pixels')['error'] == pytest.approx(5.0)


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_more_or_fewer_keypoints_than_joints(protocol):
    """4 and 40 predicted keypoints for 32 joints, of which 14 are pairs."""
    names = [f'{side}_{number}' for side in ('left', 'right') for number in range(14)] + [f'axis_{i}' for i in range(4)]
    flip_indices = [*range(14, 28), *range(14), *range(28, 32)]
    rng = np.random.default_rng(0)
    for num_predicted in (4, 40):
        samples = [sample(rng.uniform(0, 100, (num_predicted, 2)), rng.uniform(0, 100, (32, 2))) for _ in range(30)]
        figures = evaluate(samples[:20], samples[20:], dataset_meta=meta(names, flip_indices), protocol=protocol)
        assert all(np.isfinite(value) for value in figures.values())


def test_test_labels_do_not_change_the_map():
    """A leak would show in the map."""
    rng = np.random.default_rng(0)
    train, test = ([sample(rng.uniform(0, 100, (2, 2)), rng.uniform(0, 100, (2, 2))) for _ in range(20)] for _ in 'ab')
    maps = []
    for shift in (0.0, 30.0):
        metric = KeypointRegressionMetric(protocol='autolink')
        metric.dataset_meta = LEFT_RIGHT
        metric.process_fit(None, train)
        metric.finish_fit(len(train))
        for data_sample in test:
            data_sample['gt_instances']['keypoints'] += shift
        metric.process(None, test)
        metric.evaluate(len(test))
        maps.append(metric._fit.regression.coefficients)
    np.testing.assert_array_equal(*maps)


def test_it_is_fitted_anew_each_time():
    metric = KeypointRegressionMetric(protocol='lmdis', unit='pixels')
    metric.dataset_meta = meta(['a'])
    for scale in (1.0, 0.5):
        points = [(90, 50), (50, 90)]
        train = [sample([point], [50 + scale * (np.array(point) - 50)]) for point in points]
        metric.process_fit(None, train)
        metric.finish_fit(2)
        metric.process(None, [sample([[90, 90]], [[90, 90]])])
        # half of (40, 40) is missing the second time
        assert metric.evaluate(1)['lmdis_pixels/error'] == pytest.approx((1 - scale) * np.hypot(40, 40), abs=1e-9)


def test_errors_are_one_sentence():
    one, two = sample([[1, 1]], [[1, 1]]), sample([[1, 1], [2, 2]], [[1, 1]])
    metric = KeypointRegressionMetric()
    with pytest.raises(ValueError, match='learns from labelled training images first: set test_cfg'):
        metric.process(None, [one])
    with pytest.raises(ValueError, match='fit_dataloader is empty'):
        metric.finish_fit(0)
    with pytest.raises(ValueError, match='1 and 2 keypoints as prediction'):
        evaluate([one, two], [one], 'a')
    with pytest.raises(ValueError, match='fitted on 1 predicted keypoints, got 2'):
        evaluate([one], [two], 'a')
    with pytest.raises(ValueError, match='joint 1 of the test set is labelled in no image of the fit'):
        evaluate(
            [sample([[1, 1]], [[1, 1], [2, 2]], visible=[1, 0])],
            [sample([[1, 1]], [[1, 1], [2, 2]])],
            visible_only=True,
        )
    with pytest.raises(ValueError, match='no unit'):
        KeypointRegressionMetric(unit='miles')
    with pytest.raises(ValueError, match='no regression protocol'):
        KeypointRegressionMetric(protocol='pck')


def test_scikit_learn_is_asked_for_at_once(monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(ImportError, match='pip install scikit-learn'):
        KeypointRegressionMetric()


def description(metric, train):
    metric.dataset_meta = LEFT_RIGHT
    metric.process_fit(None, train)
    metric.finish_fit(len(train))
    return metric._describe(1.25, 400, 1)


def test_registered_and_names_its_protocol():
    text = description(METRICS.build(dict(type='kpgan_mm.KeypointRegressionMetric', protocol='bkind')), TestBKinD.train)
    assert text == (
        'protocol bkind: linear map without intercept, fitted with the labels of 2 training images (1 with sides '
        'exchanged, 0 outliers dropped); all joints, mean over images, 400 images, sides by the nearer label: 1.250 % '
        'of the image side'
    )
    text = description(
        KeypointRegressionMetric(protocol='autolink_deepfashion', keypoint_indices=[0]), TestIMM.train[:1]
    )
    assert 'minimum norm (rank 1 of 2)' in text and '1 chosen joints' in text and text.endswith('1.250 %')
    assert 'all visible joints' in description(KeypointRegressionMetric(visible_only=True), TestIMM.train)
