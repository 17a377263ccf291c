import numpy as np
import pytest
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from kpgan_mm.evaluation import KeypointGANMetric
from kpgan_mm.registry import METRICS, TASK_UTILS

# joints: left, right, nose
META = {'flip_indices': [1, 0, 2], 'keypoint_name2id': {'left': 0, 'right': 1, 'nose': 2}}
TRUTH = np.array([[20.0, 50.0], [80.0, 50.0], [50.0, 20.0]])


@TASK_UTILS.register_module()
class CentredPrior:
    """A pose prior whose mean is the middle of the crop."""

    def __init__(self, num_keypoints=3):
        self.num_keypoints = num_keypoints

    def mean(self):
        return np.zeros((self.num_keypoints, 2), np.float32)


def make_sample(prediction, activity=None, judge=None, visible=None, truth=TRUTH):
    """A sample as a top-down estimator leaves it: image 100 x 100, crop of 50 x 50."""
    meta = {'input_size': (50, 50), 'input_center': np.array([50.0, 50.0]), 'input_scale': np.array([100.0, 100.0])}
    if activity:
        meta['activity'] = activity
    sample = PoseDataSample(metainfo=meta)
    visible = np.ones((1, len(truth)), np.float32) if visible is None else visible
    sample.gt_instances = InstanceData(
        bboxes=np.array([[0.0, 0.0, 100.0, 100.0]]), keypoints=truth[None].copy(), keypoints_visible=visible
    )
    sample.pred_instances = InstanceData(keypoints=np.asarray(prediction, np.float32)[None])
    if judge is not None:
        sample.pred_instances.keypoints_judge = np.asarray(judge)[None] / 2  # pixels of the crop
    return sample.to_dict()


def evaluate(samples, meta=META, **options):
    metric = KeypointGANMetric(**options)
    metric.dataset_meta = meta
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def test_error_is_percent_of_the_side():
    shifted = TRUTH + [3.0, 4.0]
    assert evaluate([make_sample(TRUTH), make_sample(shifted)])['keypointgan/error'] == pytest.approx(2.5)


def test_activities_are_averaged_unweighted():
    samples = [make_sample(TRUTH, 'walking'), make_sample(TRUTH, 'walking'), make_sample(TRUTH + [6.0, 8.0], 'waiting')]
    figures = evaluate(samples)
    assert figures['keypointgan/error'] == pytest.approx(5.0)
    assert figures['keypointgan/error/walking'] == pytest.approx(0.0)
    assert figures['keypointgan/error/waiting'] == pytest.approx(10.0)
    assert figures['keypointgan/error_over_images'] == pytest.approx(10 / 3)


def test_pixels_of_the_image():
    # 5 pixels, whatever the size of the box
    large = make_sample(TRUTH + [3.0, 4.0])
    large['gt_instances']['bboxes'] = np.array([[0.0, 0.0, 1000.0, 1000.0]])
    figures = evaluate([large, make_sample(TRUTH)], unit='pixels')
    assert figures['keypointgan_pixels/error'] == pytest.approx(2.5)


def test_inter_ocular_distance():
    # left and right are 60 pixels apart, left and nose hypot(30, 30)
    samples = [make_sample(TRUTH + [3.0, 4.0])]
    assert evaluate(samples, unit='inter_ocular')['inter_ocular/error'] == pytest.approx(100 * 5 / 60)
    other = evaluate(samples, unit='inter_ocular', eyes=(2, 0))['inter_ocular/error']
    assert other == pytest.approx(500 / np.hypot(30, 30))


def test_mirrored_minimum_and_correct_sides():
    figures = evaluate([make_sample(TRUTH), make_sample(TRUTH[[1, 0, 2]])])
    # the second image has left and right exchanged: 60, 60 and 0 pixels
    assert figures['keypointgan/error'] == pytest.approx(20.0)
    assert figures['keypointgan/mirrored_minimum'] == pytest.approx(0.0)
    assert figures['keypointgan/correct_sides'] == pytest.approx(50.0)
    assert 'keypointgan/judge_flip_rate' not in figures


def test_no_mirrored_figures_without_sides():
    figures = evaluate([make_sample(TRUTH)], meta={**META, 'flip_indices': [0, 1, 2]})
    assert set(figures) == {'keypointgan/error'}


def test_judge_chooses_sides_without_labels():
    samples = [make_sample(TRUTH, judge=TRUTH), make_sample(TRUTH[[1, 0, 2]], judge=TRUTH)]
    figures = evaluate(samples)
    assert figures['keypointgan/error'] == pytest.approx(0.0)
    assert figures['keypointgan/error_unjudged'] == pytest.approx(20.0)
    assert figures['keypointgan/judge_flip_rate'] == pytest.approx(50.0)
    assert figures['keypointgan/correct_sides'] == pytest.approx(100.0)


def test_a_wrong_judge_makes_it_worse():
    figures = evaluate([make_sample(TRUTH, judge=TRUTH[[1, 0, 2]])])
    assert figures['keypointgan/error'] == pytest.approx(40.0)
    assert figures['keypointgan/error_unjudged'] == pytest.approx(0.0)
    assert figures['keypointgan/mirrored_minimum'] == pytest.approx(0.0)


def test_invisible_joints():
    visible = np.array([[1.0, 1.0, 0.0]])
    prediction = TRUTH + [[0.0, 0.0], [0.0, 0.0], [30.0, 40.0]]
    figures = evaluate([make_sample(prediction, visible=visible)], visible_only=True)
    assert figures['keypointgan/error'] == pytest.approx(0.0)
    all_joints = evaluate([make_sample(prediction, visible=visible)])
    assert all_joints['keypointgan/error'] == pytest.approx(50 / 3)


def test_visibility_moves_with_the_exchanged_label():
    # left has no label: against the exchanged label it is the right joint that is left out
    visible = np.array([[[0.0, 1.0], [1.0, 1.0], [1.0, 1.0]]])
    figures = evaluate([make_sample(TRUTH[[1, 0, 2]], visible=visible)], visible_only=True)
    assert figures['keypointgan/error'] == pytest.approx(30.0)
    assert figures['keypointgan/mirrored_minimum'] == pytest.approx(0.0)


def test_subset_and_exclusion():
    prediction = TRUTH + [[10.0, 0.0], [20.0, 0.0], [0.0, 60.0]]
    figures = evaluate([make_sample(prediction)], exclude='nose', prior=dict(type='kpgan_mm.CentredPrior'))
    assert figures['keypointgan/error'] == pytest.approx(30.0)
    assert figures['keypointgan/error_without_nose'] == pytest.approx(15.0)
    assert figures['keypointgan/mean_prior_error_without_nose'] > 0
    assert 'keypointgan/ratio_to_mean_prior_without_nose' in figures
    assert evaluate([make_sample(prediction)], keypoint_indices=[0, 1])['keypointgan/error'] == pytest.approx(15.0)


def test_mean_prior_baseline():
    figures = evaluate([make_sample(TRUTH + [3.0, 4.0])], prior=dict(type='kpgan_mm.CentredPrior'))
    # the middle of the crop is pixel 24.5 of 50, i.e. 49 in the image
    baseline = np.linalg.norm(TRUTH - 49.0, axis=-1).mean()
    assert figures['keypointgan/mean_prior_error'] == pytest.approx(baseline)
    assert figures['keypointgan/ratio_to_mean_prior'] == pytest.approx(5.0 / baseline)
    exact = evaluate([make_sample(np.full((3, 2), 49.0), truth=np.full((3, 2), 49.0))], prior=CentredPrior())
    assert exact['keypointgan/ratio_to_mean_prior'] == float('inf')


def test_errors_are_one_sentence():
    with pytest.raises(ValueError, match='prediction has 2 joints and the label 3'):
        evaluate([make_sample(TRUTH[:2])])
    with pytest.raises(ValueError, match='mean prior has 4 joints'):
        evaluate([make_sample(TRUTH)], prior=dict(type='kpgan_mm.CentredPrior', num_keypoints=4))
    with pytest.raises(ValueError, match='exclude names tail'):
        evaluate([make_sample(TRUTH)], exclude=['tail'])
    with pytest.raises(ValueError, match="percent, pixels, inter_ocular, got unit 'side_255'"):
        KeypointGANMetric(unit='side_255')
    with pytest.raises(ValueError, match='eyes must be two different joints below 3'):
        evaluate([make_sample(TRUTH)], unit='inter_ocular', eyes=(36, 45))


def test_registered_and_names_its_protocol():
    metric = METRICS.build(dict(type='kpgan_mm.KeypointGANMetric'))
    metric.dataset_meta = META
    metric.process(None, [make_sample(TRUTH, 'a'), make_sample(TRUTH, 'b')])
    text = metric._describe({'error': 1.25}, metric.results, {'a': 1.0, 'b': 1.5})
    assert 'protocol keypointgan:' in text and '2 activities' in text and '1.250 %' in text
    metric = KeypointGANMetric(unit='pixels')
    text = metric._describe({'error': 1.25}, [], {})
    assert (
        text.startswith('protocol keypointgan_pixels:') and 'in pixels of the image' in text and text.endswith('1.250')
    )
