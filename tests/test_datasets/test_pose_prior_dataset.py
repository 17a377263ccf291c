import copy

import numpy as np
import pytest
from mmengine.registry import DATASETS as ROOT_DATASETS

from kpgan_mm.datasets.metainfo.puppets import dataset_info as puppets


def build(**options):
    config = dict(
        type='kpgan_mm.PosePriorDataset',
        prior=dict(type='kpgan_mm.PuppetPosePrior', num_poses=30),
        metainfo=puppets,
        num_held_out=8,
        input_size=(48, 64),
    )
    return ROOT_DATASETS.build(copy.deepcopy(config | options))


def pose(sample):
    return sample['data_samples'].gt_instance_labels.prior_keypoints[0].numpy()


def test_training_and_validation_share_no_pose():
    train, val = build(), build(test_mode=True)
    assert len(val) == 8 and len(train) == 22
    drawn = [pose(train[index]) for index in range(200)]
    held_out = [pose(val[index]) for index in range(8)]
    assert not any(np.allclose(a, b) for a in drawn for b in held_out)
    assert len(np.unique(np.stack(drawn)[:, 0, 0])) > 15


def test_labels_in_pixels_and_identity_box():
    sample = build(test_mode=True)[2]
    data_sample = sample['data_samples']
    keypoints = data_sample.gt_instances.keypoints
    assert sample['inputs'].shape == (3, 8, 8) and not sample['inputs'].any()
    np.testing.assert_allclose(keypoints[0], (pose(sample) + 1) / 2 * [47, 63], rtol=1e-5)
    assert data_sample.metainfo['input_size'] == (48, 64)
    # What MMPose does with a prediction in pixels of the input changes nothing.
    info = data_sample.metainfo
    mapped = keypoints / info['input_size'] * info['input_scale'] + info['input_center'] - 0.5 * info['input_scale']
    np.testing.assert_allclose(mapped, keypoints, rtol=1e-5)
    assert data_sample.gt_instances.keypoints_visible.shape == (1, 14)


def test_validation_is_fixed_also_with_jitter():
    jitter = dict(type='kpgan_mm.PoseJitter', zoom=(0.5, 0.9))
    first, second = (build(test_mode=True, jitter=jitter) for _ in range(2))
    np.testing.assert_array_equal(pose(first[3]), pose(second[3]))
    np.testing.assert_array_equal(pose(first[-5]), pose(first[3]))
    plain = build(test_mode=True)
    assert np.abs(pose(first[3]) - pose(plain[3])).max() > 0.01
    with pytest.raises(IndexError, match='pose 8 of 8'):
        first[8]


def test_draws_are_functions_of_the_index():
    train = build(jitter=dict(type='kpgan_mm.PoseJitter'))
    np.testing.assert_array_equal(pose(train[2**61]), pose(train[2**61]))
    assert not np.array_equal(pose(train[1]), pose(train[2]))


@pytest.mark.parametrize(('number', 'test_mode'), [(0, True), (30, False), (-1, False)])
def test_something_must_be_left(number, test_mode):
    with pytest.raises(ValueError, match=f'num_held_out={number} of 30'):
        build(num_held_out=number, test_mode=test_mode)


def test_all_poses_are_trained_on_where_another_prior_validates():
    train = build(num_held_out=0)
    assert len({pose(train[index]).tobytes() for index in range(300)}) == 30
