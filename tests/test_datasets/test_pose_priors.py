import json
import pickle

import numpy as np
import pytest

from kpgan_mm.datasets import (
    DatasetPosePrior,
    MocapPosePrior,
    NpzPosePrior,
    PosePrior,
    PuppetPosePrior,
    make_puppet_poses,
)
from kpgan_mm.datasets.metainfo.mouse_bottom import dataset_info as mouse
from kpgan_mm.registry import TASK_UTILS


@pytest.fixture
def file(tmp_path):
    keypoints = np.arange(10 * 3 * 2, dtype=np.float32).reshape(10, 3, 2)
    keypoints[4, 1] = np.nan
    path = tmp_path / 'poses.npz'
    np.savez(path, keypoints=keypoints, video=np.array([0] + [1] * 9))
    return path


def test_npz_pixels_become_normalised_and_incomplete_poses_leave(file):
    prior = NpzPosePrior(str(file), size=(31, 61))
    assert len(prior) == 9 and prior.num_keypoints == 3 and prior.poses.dtype == np.float32
    # x of 61 pixels: 0 -> -1, 2 -> -1 + 4 / 60; y of 31 pixels: 1 -> -1 + 2 / 30.
    np.testing.assert_allclose(prior.poses[0, :2], [[-1, -1 + 2 / 30], [-1 + 4 / 60, -1 + 6 / 30]], rtol=1e-6)
    np.testing.assert_allclose(prior.mean(), prior.poses.mean(0))


def test_subset_by_seed(file):
    whole = NpzPosePrior(str(file), size=(31, 61))
    first, same, other = (NpzPosePrior(str(file), size=(31, 61), num_poses=4, seed=seed) for seed in (1, 1, 2))
    assert len(first) == 4
    np.testing.assert_array_equal(first.poses, same.poses)
    assert not np.array_equal(first.poses, other.poses)
    assert all(any(np.array_equal(pose, p) for p in whole.poses) for pose in first.poses)


def test_samples_are_poses_of_the_set_and_depend_on_the_generator_alone(file):
    prior = NpzPosePrior(str(file), size=(31, 61))
    first, second = ([prior.sample(rng) for _ in range(50)] for rng in (np.random.default_rng(0) for _ in range(2)))
    np.testing.assert_array_equal(first, second)
    assert len(np.unique(np.stack(first)[:, 0, 0])) > 6
    first[0][:] = 9  # a copy: the set stays as it is
    assert prior.poses.max() < 9


def test_groups_are_drawn_uniformly(file):
    prior = NpzPosePrior(str(file), size=(31, 61), group_key='video')
    rng = np.random.default_rng(0)
    share = np.mean([np.array_equal(prior.sample(rng), prior.poses[0]) for _ in range(400)])
    # One pose of nine, but one group of two.
    assert 0.4 < share < 0.6


def test_a_subset_with_groups_is_drawn_as_poses_are(file):
    """The released subsets: a sequence, then a frame of it, with replacement; the subset itself is drawn evenly."""
    prior = NpzPosePrior(str(file), size=(31, 61), group_key='video', num_poses=9, seed=1)
    assert len(prior) == 9
    whole = NpzPosePrior(str(file), size=(31, 61))
    found = [int(np.flatnonzero((whole.poses == pose).all(axis=(1, 2)))[0]) for pose in prior.poses]
    # The group of one pose takes about half of the draws, so this pose comes several times.
    assert found.count(0) >= 3
    rng = np.random.default_rng(0)
    share = np.mean([np.array_equal(prior.sample(rng), whole.poses[0]) for _ in range(600)])
    assert share == pytest.approx(found.count(0) / 9, abs=0.07)


def test_chosen_joints(file):
    prior = NpzPosePrior(str(file), fit_padding=0.0)
    chosen = NpzPosePrior(str(file), fit_padding=0.0, keypoint_indices=[2, 0])
    # Chosen after the fit, which all joints decide on.
    np.testing.assert_array_equal(chosen.poses, prior.poses[:, [2, 0]])
    np.testing.assert_array_equal(chosen.mean(), prior.mean()[[2, 0]])
    assert chosen.num_keypoints == 2 and chosen.sample(np.random.default_rng(0)).shape == (2, 2)
    for wrong, words in (([0, 3], r'of 0 to 2, got \[3\]'), ([], 'got none'), ([-1], r'got \[-1\]')):
        with pytest.raises(ValueError, match=words):
            NpzPosePrior(str(file), fit_padding=0.0, keypoint_indices=wrong)


def test_fit_and_jitter(file):
    prior = NpzPosePrior(
        str(file), fit_padding=0.5, jitter=dict(type='kpgan_mm.PoseJitter', zoom=(0.5, 0.5), shift=False)
    )
    # Fitted to half of the canvas, then halved.
    np.testing.assert_allclose(np.abs(prior.poses).max(), 0.5, rtol=1e-6)
    np.testing.assert_allclose(prior.draw(0, np.random.default_rng(0)), prior.poses[0] / 2)


def test_placed_poses_agree_with_mmpose_crop(tmp_path):
    from mmpose.datasets.transforms import GetBBoxCenterScale, TopdownAffine

    keypoints = np.array([[[30, 40], [70, 60], [45, 52]]], dtype=np.float32)

    def cropped(box, padding):
        picture = np.zeros((100, 100, 3), dtype=np.uint8)
        info = dict(img=picture, bbox=np.array([box], dtype=np.float32), keypoints=keypoints)
        info['keypoints_visible'] = np.ones((1, 3), dtype=np.float32)
        return TopdownAffine((32, 32))(GetBBoxCenterScale(padding=padding)(info))['transformed_keypoints'][0]

    np.savez(tmp_path / 'poses.npz', keypoints=keypoints)
    whole = NpzPosePrior(str(tmp_path / 'poses.npz'), size=(100, 100), input_size=(32, 32))
    np.testing.assert_allclose((whole.poses[0] + 1) / 2 * 31, cropped([0, 0, 100, 100], 1.0), atol=1e-4)
    expected = cropped([30, 40, 70, 60], 1.2) * 2 / 31 - 1
    fitted = NpzPosePrior(str(tmp_path / 'poses.npz'), fit_padding=0.1, input_size=(32, 32))
    np.testing.assert_allclose(fitted.poses[0], expected, atol=1e-5)
    np.savez(tmp_path / 'bodies.npz', joints_3d=np.concatenate([keypoints * [1, -1], np.zeros((1, 3, 1))], axis=-1))
    views = dict(azimuth=(0, 0), fit_padding=0.1, input_size=(32, 32))
    prior = MocapPosePrior(str(tmp_path / 'bodies.npz'), **views)
    np.testing.assert_allclose(prior.poses[0], expected, atol=1e-5)
    np.testing.assert_allclose(prior.sample(np.random.default_rng(0)), expected, atol=1e-5)


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (dict(key='poses'), 'has no array poses; it holds keypoints, video'),
        (dict(), 'give size='),
        (dict(size=(31, 61), num_poses=10), 'there are 9 poses'),
    ],
)
def test_bad_npz_arguments(file, arguments, words):
    with pytest.raises(ValueError, match=words):
        NpzPosePrior(str(file), **arguments)


def test_missing_file():
    with pytest.raises(FileNotFoundError, match='nowhere.npz does not exist'):
        NpzPosePrior('nowhere.npz')


def test_bad_poses():
    with pytest.raises(ValueError, match=r'shape \(N, K, 2\)'):
        PosePrior(np.zeros((3, 2)))
    with pytest.raises(ValueError, match='no complete pose'):
        PosePrior(np.full((3, 2, 2), np.nan))


def test_puppets():
    prior = TASK_UTILS.build(dict(type='PuppetPosePrior', num_poses=50, seed=2, image_size=48))
    assert isinstance(prior, PuppetPosePrior)
    np.testing.assert_allclose(prior.poses, make_puppet_poses(50, 2, 48) * 2 / 47 - 1, atol=1e-6)
    pickle.loads(pickle.dumps(prior)).sample(np.random.default_rng(0))


def coco_file(tmp_path, keypoints, box):
    annotation = dict(id=1, image_id=1, category_id=1, bbox=box, keypoints=keypoints, num_keypoints=17)
    hidden = dict(annotation, id=2, keypoints=[0, 0, 0] + keypoints[3:])
    path = tmp_path / 'coco.json'
    image = dict(id=1, file_name='1.jpg', width=500, height=500)
    path.write_text(json.dumps(dict(images=[image], annotations=[annotation, hidden], categories=[])))
    return path


def test_any_mmpose_data_set(tmp_path):
    # Box 100 x 200 at (50, 100); the crop widens to 200 x 200 at (0, 100). Every joint in the middle of the box.
    path = coco_file(tmp_path, [100, 200, 2] * 16 + [50, 100, 2], [50, 100, 100, 200])
    dataset = dict(type='mmpose.CocoDataset', ann_file=str(path))
    prior = DatasetPosePrior(dataset, input_size=(64, 64))
    assert prior.poses.shape == (1, 17, 2)
    # The middle is pixel 32 of 64; the corner of the box pixel 16, 0.
    np.testing.assert_allclose(prior.poses[0, 0], [2 * 32 / 63 - 1] * 2, rtol=1e-5)
    np.testing.assert_allclose(prior.poses[0, 16], [2 * 16 / 63 - 1, -1], rtol=1e-5)
    assert len(DatasetPosePrior(dataset, visible_only=False)) == 2


def test_padding_of_the_crop_shrinks_the_pose(tmp_path):
    path = coco_file(tmp_path, [50, 50, 2] * 16 + [0, 0, 2], [0, 0, 100, 100])
    prior = DatasetPosePrior(dict(type='mmpose.CocoDataset', ann_file=str(path)), padding=2.0, input_size=(101, 101))
    # Box of 200 pixels from -50: the corner comes to pixel 50 / 200 * 101.
    np.testing.assert_allclose(prior.poses[0, 16], [2 * 25.25 / 100 - 1] * 2, rtol=1e-5)


def test_prior_agrees_with_mmpose_crop(mouse_table):
    from mmpose.datasets.transforms import GetBBoxCenterScale, TopdownAffine

    from kpgan_mm.datasets import DeepLabCutDataset

    config = dict(ann_file=str(mouse_table), metainfo=mouse, crop=(0, 198, 396, 208), split='prior')
    prior = DatasetPosePrior(dict(type='kpgan_mm.DeepLabCutDataset', **config), padding=1.1, input_size=(96, 64))
    info = DeepLabCutDataset(**config)[0]
    results = TopdownAffine((96, 64))(GetBBoxCenterScale(padding=1.1)(info))
    expected = results['transformed_keypoints'][0] * [2 / 95, 2 / 63] - 1
    np.testing.assert_allclose(prior.poses[0], expected, atol=1e-4)


def test_data_sets_without_poses_are_refused(tmp_path):
    from mmengine.registry import DATASETS

    @DATASETS.register_module(force=True)
    class OneSample(list):
        def __init__(self, info, pipeline):
            super().__init__(info)

        def get_data_info(self, index):
            return self[index]

    for info, words in (
        ([dict()], 'no keypoints'),
        ([dict(keypoints=np.zeros((1, 3, 2)))], 'give fit_padding'),
        ([], 'is empty'),
    ):
        with pytest.raises(ValueError, match=words):
            DatasetPosePrior(dict(type='OneSample', info=info))
    # Without boxes, as in MMPose's lifting sets, poses are fitted.
    info = dict(keypoints=np.array([[[0, 0], [10, 0], [10, 5.0]]]))
    prior = DatasetPosePrior(dict(type='OneSample', info=[info]), fit_padding=0.0, input_size=(8, 8))
    # Pixels of a crop of 8.
    np.testing.assert_allclose((prior.poses[0] + 1) * 3.5, [[0, 2], [8, 2], [8, 6]], rtol=1e-6)
