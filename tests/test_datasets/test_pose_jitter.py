import numpy as np
import pytest

from kpgan_mm.datasets.pose_jitter import PoseJitter, fit_to_canvas

SQUARE = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float32)


def test_fit_fills_the_longer_side_and_centres_the_shorter():
    # Extents 2 x 4 pixels: scaled by 1/2, x from -0.5 to 0.5.
    fitted = fit_to_canvas(np.array([[10.0, 20], [12, 24], [11, 22]]))
    np.testing.assert_allclose(fitted, [[-0.5, -1], [0.5, 1], [0, 0]])
    # Padding r scales by 1 / (1 + 2 r).
    np.testing.assert_allclose(fit_to_canvas(np.array([[0.0, 0], [1, 0]]), padding=0.5), [[-0.5, 0], [0.5, 0]])
    # A crop of 5 pixels, the canvas from -1 at pixel 0 to 1 at pixel 4: the box is 5 wide, its middle at pixel 2.5.
    fitted = fit_to_canvas(np.array([[0.0, 0], [1, 0]]), padding=0.5, input_size=(5, 5))
    np.testing.assert_allclose((fitted + 1) * 2, [[1.25, 2.5], [3.75, 2.5]])


def test_fit_centres_a_pose_of_one_point():
    np.testing.assert_array_equal(fit_to_canvas(np.full((3, 2), 7.0)), np.zeros((3, 2)))


def test_fit_takes_batches():
    poses = np.random.default_rng(0).normal(size=(5, 6, 2))
    np.testing.assert_allclose(fit_to_canvas(poses)[3], fit_to_canvas(poses[3]))


def test_everything_off_changes_nothing():
    jitter = PoseJitter(zoom=None, shift=False)
    np.testing.assert_array_equal(jitter(SQUARE, np.random.default_rng(0)), SQUARE)


def test_rotation_is_counter_clockwise_in_the_picture():
    jitter = PoseJitter(rotate=(90, 90), zoom=None, shift=False)
    # An arm from the centre to the right and a short one down: right goes up (y down), down goes right.
    pose = np.array([[-1, 0], [1, 0], [0, 0.5]], dtype=np.float32)
    rotated = jitter(pose, np.random.default_rng(0))
    np.testing.assert_allclose(rotated, [[-0.25, 1], [-0.25, -1], [0.25, 0]], atol=1e-6)


def test_zoom_favours_large_figures():
    jitter = PoseJitter(zoom=(0.5, 1.0), shift=False)
    rng = np.random.default_rng(0)
    factors = np.array([jitter(SQUARE, rng)[2, 0] for _ in range(2000)])
    assert factors.min() >= 0.5 and factors.max() <= 1
    # Mean of a standard normal variable on [-1, 0] is (phi(1) - phi(0)) / (Phi(0) - Phi(-1)) = -0.4599.
    assert abs(factors.mean() - (0.5 + 0.5 * (1 - 0.4599))) < 0.01


def test_aspect_changes_the_height_alone():
    jitter = PoseJitter(zoom=None, aspect=(0.5, 0.5), shift=False)
    np.testing.assert_allclose(jitter(SQUARE, np.random.default_rng(0)), SQUARE * [1, 0.5])


def test_shift_reaches_everywhere_inside_the_canvas():
    jitter = PoseJitter(zoom=None)
    rng = np.random.default_rng(0)
    small = SQUARE * np.array([0.5, 0.25], dtype=np.float32)
    shifts = np.array([(jitter(small, rng) - small)[0] for _ in range(500)])
    assert np.abs(shifts[:, 0]).max() <= 0.5 + 1e-6 and np.abs(shifts[:, 1]).max() <= 0.75 + 1e-6
    assert (shifts.max(axis=0) > [0.48, 0.7]).all() and (shifts.min(axis=0) < [-0.48, -0.7]).all()


def test_limited_shift_still_brings_the_figure_into_the_canvas():
    rng = np.random.default_rng(0)
    small = SQUARE * np.float32(0.25)
    shifts = np.array([(PoseJitter(zoom=None, shift=0.1)(small, rng) - small)[0] for _ in range(200)])
    assert 0.08 < np.abs(shifts).max() <= 0.1 + 1e-6
    outside = small + np.float32([1.0, 0])
    moved = PoseJitter(zoom=None, shift=0.1)(outside, rng)
    assert moved[:, 0].max() == pytest.approx(1)


def test_a_figure_larger_than_the_canvas_is_centred():
    np.testing.assert_allclose(
        PoseJitter(zoom=None)(SQUARE * 1.5 + np.float32(0.3), np.random.default_rng(0)), SQUARE * 1.5, atol=1e-6
    )


def test_the_generator_makes_every_choice():
    jitter = PoseJitter(rotate=(-30, 30), aspect=(0.8, 1.2))
    first, second = (jitter(SQUARE, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.dtype == np.float32


@pytest.mark.parametrize('arguments', [dict(zoom=(1, 0.5)), dict(rotate=(3,)), dict(shift=-0.1)])
def test_bad_ranges_are_named(arguments):
    with pytest.raises(ValueError, match=f'{next(iter(arguments))} of PoseJitter'):
        PoseJitter(**arguments)


def test_noise_moves_every_joint_by_itself_and_stays_on_the_canvas():
    pose = np.zeros((2000, 2), dtype=np.float32)
    pose[0] = 1.0
    moved = PoseJitter(zoom=None, shift=False, noise=0.1)(pose, np.random.default_rng(0))
    assert moved[1:].std() == pytest.approx(0.1, rel=0.05)
    assert abs(np.corrcoef(moved[1:].T)[0, 1]) < 0.1
    assert moved.max() <= 1
    with pytest.raises(ValueError, match='standard deviation'):
        PoseJitter(noise=-0.1)


def test_mirror_turns_every_other_pose_and_exchanges_sides():
    pose = np.array([[0.1, -0.5], [0.3, 0.2], [0.4, 0.6]], dtype=np.float32)
    mirrored = pose[[0, 2, 1]] * np.float32([1, -1])
    jitter = PoseJitter(zoom=None, shift=False, mirror=dict(direction='vertical', flip_indices=[0, 2, 1]))
    rng = np.random.default_rng(0)
    drawn = [jitter(pose, rng) for _ in range(400)]
    turned = [np.array_equal(one, mirrored) for one in drawn]
    assert all(turned[i] or np.array_equal(one, pose) for i, one in enumerate(drawn))
    assert 160 < sum(turned) < 240
    with pytest.raises(ValueError, match="direction='horizontal' or 'vertical'"):
        PoseJitter(mirror=dict(direction='diagonal', flip_indices=[0]))
