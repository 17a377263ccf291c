import numpy as np
import pytest

from kpgan_mm.datasets import foreground_masks, make_puppet_videos


def test_a_moving_square_on_a_still_background():
    rng = np.random.default_rng(0)
    background = rng.integers(0, 100, (32, 32, 3), dtype=np.uint8)
    frames = np.stack([background] * 9)
    truth = np.zeros((9, 32, 32), dtype=bool)
    for index in range(9):
        truth[index, 10:18, 3 * index : 3 * index + 7] = True
    frames[truth] = 220
    masks = foreground_masks(frames)
    assert masks.dtype == bool and masks.shape == truth.shape
    assert (masks != truth).mean() < 0.01


def test_specks_are_not_foreground():
    frames = np.zeros((5, 16, 16, 3), dtype=np.uint8)
    frames[2, 4, 4] = 255
    assert not foreground_masks(frames).any()


def test_puppets_that_move():
    videos = make_puppet_videos(6, 40, seed=0)
    scores = []
    for frames, truth in zip(videos.frames, videos.foreground, strict=True):
        found = foreground_masks(frames)
        scores.append((found & truth).sum() / max(found.sum(), 1))
    assert np.median(scores) > 0.7


def test_too_short_a_clip():
    with pytest.raises(ValueError, match='at least 3 frames, got 2'):
        foreground_masks(np.zeros((2, 8, 8, 3), dtype=np.uint8))


def test_a_body_that_stands_still_is_found_if_asked():
    rng = np.random.default_rng(0)
    frames = np.stack([rng.integers(120, 140, (64, 64, 3), dtype=np.uint8)] * 9)
    truth = np.zeros((9, 64, 64), dtype=bool)
    truth[:, 20:, 24:40] = True
    for index in range(9):
        # A raised arm, somewhere.
        truth[index, 20:24, 40 : 44 + 2 * (index % 3)] = True
    frames[truth] = 30
    assert not foreground_masks(frames)[:, 30:, 26:38].any()
    masks = foreground_masks(frames, body_stands_still=True)
    assert (masks != truth).mean() < 0.03
    np.testing.assert_array_equal(masks, foreground_masks(frames, body_stands_still=True))
