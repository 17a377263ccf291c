import numpy as np
import pytest

from kpgan_mm.datasets import MocapPosePrior
from kpgan_mm.datasets.mocap_pose_prior import RandomViewPrior, project


def test_projection_by_hand():
    # A person's left hand (1, 0, 0), head (0, 1, 0), nose (0, 0, 1).
    joints = np.eye(3)
    np.testing.assert_allclose(project(joints, np.array(0.0)), [[1, 0], [0, -1], [0, 0]], atol=1e-9)
    # Turned by 90 degrees to its left the nose points to the right of the picture, the left hand away from the camera.
    np.testing.assert_allclose(project(joints, np.array(90.0)), [[0, 0], [0, -1], [1, 0]], atol=1e-9)
    assert project(np.zeros((4, 5, 3)), np.zeros(4)).shape == (4, 5, 2)


def test_real_poses_stand_upright_and_fit(mocap_file):
    prior = MocapPosePrior(str(mocap_file), azimuth=(-30, 30), num_poses=20, fit_padding=0.1)
    assert prior.poses.shape == (20, 17, 2)
    extent = prior.poses.max(axis=1) - prior.poses.min(axis=1)
    np.testing.assert_allclose(extent.max(axis=1), 2 / 1.2, rtol=1e-5)
    assert prior.mean().shape == (17, 2)


def test_every_draw_is_a_new_view(mocap_file):
    prior = MocapPosePrior(str(mocap_file), num_poses=1)
    rng = np.random.default_rng(0)
    first, second = prior.sample(rng), prior.sample(rng)
    assert np.abs(first - second).max() > 0.01
    np.testing.assert_array_equal(prior.sample(np.random.default_rng(0)), first)
    still = MocapPosePrior(str(mocap_file), num_poses=1, azimuth=(0, 0))
    np.testing.assert_allclose(still.sample(rng), still.poses[0], atol=1e-6)


def test_actions(mocap_file):
    whole = MocapPosePrior(str(mocap_file))
    walking = MocapPosePrior(str(mocap_file), actions=['walking'], num_poses=5)
    assert len(walking) == 5 < len(whole)
    with pytest.raises(ValueError, match='no action flying; it has .*walking'):
        MocapPosePrior(str(mocap_file), actions=['flying'])


def test_wrong_shape(tmp_path):
    np.savez(tmp_path / 'flat.npz', joints_3d=np.zeros((4, 17, 2)))
    with pytest.raises(ValueError, match=r'shape \(N, K, 3\)'):
        MocapPosePrior(str(tmp_path / 'flat.npz'))


def test_placement_keeps_the_size_and_ends_at_the_border(tmp_path):
    # Hip, head 600 above it, left hand 500 to the side, foot 900 below.
    joints = np.array([[[0, 0, 0], [0, 600, 0], [500, 0, 0], [0, -900, 0]]], dtype=np.float32)
    np.savez(tmp_path / 'body.npz', joints_3d=joints)
    prior = MocapPosePrior(
        str(tmp_path / 'body.npz'), azimuth=(0, 0), placement=dict(scale=(1.2, 1.2), x=(0.1, 0.1), y=(0.4, 0.4))
    )
    expected = [[0.1, 0.4], [0.1, 0.4 - 0.72], [0.7, 0.4], [0.1, 1.0]]
    np.testing.assert_allclose(prior.poses[0], expected, atol=1e-6)
    np.testing.assert_allclose(prior.sample(np.random.default_rng(0)), expected, atol=1e-6)
    ranges = dict(scale=(0.5, 1.5), x=(-0.2, 0.2), y=(0.3, 0.5))
    prior = MocapPosePrior(str(tmp_path / 'body.npz'), azimuth=(0, 0), placement=ranges)
    rng = np.random.default_rng(0)
    poses = np.stack([prior.sample(rng) for _ in range(300)])
    size = poses[:, 0, 1] - poses[:, 1, 1]
    assert 0.3 <= size.min() < 0.35 and 0.85 < size.max() <= 0.9
    assert poses[:, 0].min(axis=0) == pytest.approx([-0.2, 0.3], abs=0.01)
    with pytest.raises(ValueError, match='placement needs the ranges scale, x and y, got scale'):
        MocapPosePrior(str(tmp_path / 'body.npz'), placement=dict(scale=(1, 1)))


def test_chosen_joints_of_the_same_views(mocap_file):
    whole = MocapPosePrior(str(mocap_file), num_poses=6)
    chosen = MocapPosePrior(str(mocap_file), num_poses=6, keypoint_indices=[10, 0])
    np.testing.assert_array_equal(chosen.poses, whole.poses[:, [10, 0]])
    first, second = (prior.sample(np.random.default_rng(1)) for prior in (whole, chosen))
    np.testing.assert_array_equal(second, first[[10, 0]])


def test_only_some_joints_are_fitted():
    # A trunk of 2 units and a hand far to the side.
    joints = np.array([[[0, 1, 0], [0, -1, 0], [5, 0, 0]]], dtype=np.float32)
    prior = RandomViewPrior(joints, azimuth=(0, 0), fit_padding=0.0, fit_joints=(0, 1))
    np.testing.assert_allclose(prior.poses[0], [[0, -1], [0, 1], [5, 0]], atol=1e-6)
    np.testing.assert_allclose(prior.sample(np.random.default_rng(0)), prior.poses[0], atol=1e-6)
