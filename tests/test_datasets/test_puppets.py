import time

import numpy as np
import pytest

from kpgan_mm.datasets.puppets import KEYPOINT_NAMES, make_puppet_poses, make_puppet_videos


@pytest.fixture(scope='module')
def videos():
    return make_puppet_videos(40, 12, seed=3, split='test')


def test_shapes_and_types(videos):
    assert videos.frames.shape == (40, 12, 64, 64, 3) and videos.frames.dtype == np.uint8
    assert videos.keypoints.shape == (40, 12, 14, 2) and videos.keypoints.dtype == np.float32
    assert videos.foreground.shape == (40, 12, 64, 64) and videos.foreground.dtype == bool
    assert videos.visible.shape == (40, 12, 14)
    assert set(np.unique(videos.visible)) == {0, 1}


def test_whole_figure_is_in_the_picture(videos):
    assert videos.keypoints.min() >= 2 and videos.keypoints.max() <= 61
    for edge in (videos.foreground[:, :, [0, -1]], videos.foreground[..., [0, -1]]):
        assert not edge.any()
    poses = make_puppet_poses(2000, seed=1, image_size=32)
    assert poses.min() >= 2 and poses.max() <= 29


def test_joints_lie_on_the_figure(videos):
    column, row = np.rint(videos.keypoints).astype(int).reshape(-1, 2).T
    frame = np.repeat(np.arange(40 * 12), 14)
    assert videos.foreground.reshape(-1, 64, 64)[frame, row, column].mean() > 0.97


def test_figures_stand_out_and_backgrounds_stand_still(videos):
    frames, masks = videos.frames.astype(int), videos.foreground
    assert 0.04 < masks.mean() < 0.3
    contrast = [np.abs(f[m].mean(0) - f[~m].mean(0)).max() for f, m in zip(frames[:, 0], masks[:, 0], strict=True)]
    assert np.median(contrast) > 40
    background = ~masks[:, 0] & ~masks[:, 1]
    assert np.abs(frames[:, 0] - frames[:, 1])[background].mean() < 5


def test_motion_is_smooth_and_anatomical_left_is_mostly_on_the_right(videos):
    step = np.linalg.norm(np.diff(videos.keypoints, axis=1), axis=-1)
    assert 0.2 < step.mean() < 1.5 and step.max() < 10
    left, right = KEYPOINT_NAMES.index('left_shoulder'), KEYPOINT_NAMES.index('right_shoulder')
    assert (videos.keypoints[:, :, left, 0] > videos.keypoints[:, :, right, 0]).mean() > 0.9


def test_the_mean_prior_pose_errs_by_more_than_six_percent(videos):
    mean = make_puppet_poses(4000, seed=3).mean(axis=0)
    error = np.linalg.norm(videos.keypoints - mean, axis=-1).mean() / 64
    assert 0.06 <= error <= 0.13


def test_poses_follow_the_law_of_the_videos():
    videos = make_puppet_videos(300, 1, seed=0).keypoints[:, 0]
    poses = make_puppet_poses(3000, seed=0)
    assert np.abs(videos.mean(0) - poses.mean(0)).max() < 1.5
    assert np.abs(videos.std(0) - poses.std(0)).max() < 1.5


def test_hidden_joints_are_marked():
    visible = make_puppet_videos(60, 4, seed=0).visible
    assert 0.9 < visible.mean() < 1


def test_equal_seeds_give_equal_videos_and_splits_are_disjoint():
    first, second = (make_puppet_videos(2, 3, seed=5) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(make_puppet_poses(5, seed=5), make_puppet_poses(5, seed=5))
    splits = [make_puppet_videos(3, 2, seed=5, split=split) for split in ('train', 'prior', 'test')]
    for i, a in enumerate(splits):
        for b in splits[:i]:
            # No video of one split is like any of another, neither in motion nor in looks.
            assert np.abs(a.keypoints[:, None] - b.keypoints[None]).mean(axis=(2, 3, 4)).min() > 0.5
            assert np.abs(a.frames[:, None].astype(int) - b.frames[None]).mean(axis=(2, 3, 4, 5)).min() > 5
    assert not np.array_equal(make_puppet_videos(1, 1, seed=6).frames, first.frames[:1, :1])


def test_painting_is_quick():
    begin = time.process_time()
    make_puppet_videos(10, 20, seed=0)
    # 200 frames: 0.25 s on the machine it was written on.
    assert time.process_time() - begin < 4


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (dict(num_videos=0, num_frames=1), 'at least 1'),
        (dict(num_videos=1, num_frames=1, image_size=16), '32 pixels'),
        (dict(num_videos=1, num_frames=1, split='val'), "unknown split 'val'"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        make_puppet_videos(**arguments)


def test_no_poses_are_refused():
    with pytest.raises(ValueError, match='0 puppet poses'):
        make_puppet_poses(0)


def test_foreign_poses_have_other_proportions():
    """Thighs of the puppets are longer than their heads; of the foreign bodies, shorter."""

    def ratio(law: str) -> float:
        poses = make_puppet_poses(500, seed=2, law=law)
        joint = {name: poses[:, index] for index, name in enumerate(KEYPOINT_NAMES)}
        thigh, head = (
            np.linalg.norm(joint[a] - joint[b], axis=-1).mean()
            for a, b in (('left_hip', 'left_knee'), ('head_top', 'neck'))
        )
        return thigh / head

    assert ratio('puppets') > 1.05 and ratio('foreign') < 0.8


def test_unknown_law():
    with pytest.raises(ValueError, match="unknown law 'other' .* puppets, foreign"):
        make_puppet_poses(1, law='other')
