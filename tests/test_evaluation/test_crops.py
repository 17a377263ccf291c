import numpy as np
import pytest

from kpgan_mm.evaluation.crops import crop_to_image, image_side, image_to_box, image_to_crop, place_in_crop

SAMPLE = {
    'input_size': (64, 32),
    'input_center': np.array([100.0, 50.0]),
    'input_scale': np.array([128.0, 64.0]),
    'gt_instances': {'bboxes': np.array([[60.0, 30.0, 140.0, 70.0]])},
}


def test_image_side_is_the_longer_one():
    assert image_side(SAMPLE) == 80.0
    with pytest.raises(ValueError, match='bbox'):
        image_side({'gt_instances': {}})


def test_image_to_box_by_hand():
    # the box is 80 x 40 pixels with its corner at (60, 30) and its centre at (100, 50)
    keypoints = np.array([[60.0, 30.0], [140.0, 70.0]])
    np.testing.assert_allclose(image_to_box(keypoints, SAMPLE), [[0, 0], [1, 0.5]])
    np.testing.assert_allclose(image_to_box(keypoints, SAMPLE, 'centre'), [[-0.5, -0.25], [0.5, 0.25]])
    with pytest.raises(ValueError, match='a bounding box in the data set is empty'):
        image_to_box(keypoints, {'gt_instances': {'bboxes': np.ones((1, 4))}})


def test_crop_to_image_by_hand():
    # the crop is 128 x 64 image pixels about (100, 50), shown at half the size
    np.testing.assert_allclose(crop_to_image(np.array([[0.0, 0.0], [32.0, 16.0]]), SAMPLE), [[36, 18], [100, 50]])


def test_round_trip():
    keypoints = np.random.default_rng(0).uniform(0, 64, (5, 2))
    np.testing.assert_allclose(image_to_crop(crop_to_image(keypoints, SAMPLE), SAMPLE), keypoints)


def test_place_in_crop_by_hand():
    # -1 is the centre of pixel 0, 1 that of pixel 63 (31)
    placed = place_in_crop(np.array([[-1.0, -1.0], [1.0, 1.0]]), SAMPLE)
    np.testing.assert_allclose(placed, [[36, 18], [36 + 126, 18 + 62]])


@pytest.mark.parametrize('function', [crop_to_image, place_in_crop, image_to_crop])
def test_missing_meta_keys(function):
    with pytest.raises(ValueError, match='input_size, input_center, input_scale: list them in the meta_keys'):
        function(np.zeros((1, 2)), {})
