import numpy as np
import pytest
from mmpose.datasets.transforms import GetBBoxCenterScale

from kpgan_mm.datasets import StretchToInput
from kpgan_mm.evaluation.crops import crop_to_image


def sample(**changes) -> dict:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (20, 40, 3), dtype=np.uint8)
    keypoints = np.array([[[0.0, 0.0], [39.0, 19.0], [12.0, 7.0]]], dtype=np.float32)
    info = dict(img=image, bbox=np.array([[0.0, 0.0, 40.0, 20.0]], dtype=np.float32), keypoints=keypoints)
    return GetBBoxCenterScale(padding=1.0)(info) | changes


def test_the_whole_picture_in_its_own_size_is_itself():
    info = sample()
    result = StretchToInput((40, 20))(dict(info))
    np.testing.assert_array_equal(result['img'], info['img'])
    np.testing.assert_allclose(result['transformed_keypoints'], info['keypoints'])


def test_sides_are_stretched_each_by_its_own_factor():
    """40 x 20 to 20 x 20: columns come closer, rows stay."""
    info = sample()
    result = StretchToInput((20, 20))(dict(info))
    assert result['img'].shape == (20, 20, 3) and result['input_size'] == (20, 20)
    # At integers the linear interpolation finds the picture's own pixels.
    np.testing.assert_array_equal(result['img'], info['img'][:, ::2])
    np.testing.assert_allclose(result['transformed_keypoints'], info['keypoints'] * [0.5, 1])


def test_keypoints_find_their_way_back():
    info = sample(bbox_center=np.array([[13.0, 9.0]]), bbox_scale=np.array([[24.0, 10.0]]))
    result = StretchToInput((32, 64))(dict(info))
    np.testing.assert_allclose(crop_to_image(result['transformed_keypoints'], result), info['keypoints'], atol=1e-4)


def test_a_pair_is_cropped_alike_and_labels_may_be_missing():
    info = sample()
    first, second = info['img'], info['img'][::-1].copy()
    info.pop('keypoints')
    result = StretchToInput((20, 20))(info | dict(img=[first, second]))
    np.testing.assert_array_equal(result['img'][1], result['img'][0][::-1])
    assert 'transformed_keypoints' not in result


def test_refuses_an_empty_box():
    with pytest.raises(ValueError, match='one box with an area'):
        StretchToInput((20, 20))(sample(bbox_scale=np.array([[0.0, 20.0]])))
