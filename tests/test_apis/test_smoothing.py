import numpy as np
import pytest
from scipy.signal import savgol_filter

from kpgan_mm.apis.own_frames import OwnFrame
from kpgan_mm.apis.smoothing import PredictedFrame, Smoother

IMAGE = np.zeros((4, 4, 3), np.uint8)
BOX = (0, 0, 4, 4)


def items(tracks: np.ndarray, video: str = 'a.mp4', first: int = 0) -> list[PredictedFrame]:
    """Frames of one video with keypoints ``(N, K, 2)``."""
    return [
        PredictedFrame(
            OwnFrame(f'{video}/{n:08d}', video, n, IMAGE), BOX, points, np.full(len(points), 0.5), points, {}
        )
        for n, points in enumerate(tracks, first)
    ]


def smooth(window: int, frames: list[PredictedFrame]) -> list[PredictedFrame]:
    smoother, done = Smoother(window), []
    for frame in frames:
        done += smoother.add(frame)
        assert len(smoother._held) <= window
    return done + list(smoother.finish())


@pytest.fixture
def tracks():
    return np.random.default_rng(0).uniform(0, 100, (40, 3, 2))


@pytest.mark.parametrize('number', [7, 8, 9, 21, 40])
def test_equals_the_filter_on_the_whole(tracks, number):
    done = smooth(7, items(tracks[:number]))
    assert [item.frame.frame_id for item in done] == list(range(number))
    assert np.array([item.keypoints for item in done]) == pytest.approx(savgol_filter(tracks[:number], 7, 2, axis=0))
    assert np.array_equal([item.raw_keypoints for item in done], tracks[:number])
    assert all((item.scores == 0.5).all() for item in done)


def test_a_parabola_is_left_as_it_is():
    time = np.arange(20.0)
    tracks = np.stack([time**2, 3 - time], axis=-1)[:, None]
    assert np.array([item.keypoints for item in smooth(9, items(tracks))]) == pytest.approx(tracks)


def test_short_stretches_take_a_shorter_window(tracks):
    done = smooth(11, items(tracks[:6]))
    assert np.array([item.keypoints for item in done]) == pytest.approx(savgol_filter(tracks[:6], 5, 2, axis=0))
    done = smooth(11, items(tracks[:4]))
    assert np.array_equal([item.keypoints for item in done], tracks[:4])


def test_videos_and_gaps_are_kept_apart(tracks):
    """A new video, and a frame that is missing, begin a new stretch."""
    parts = [items(tracks[:9]), items(tracks[9:20], first=10), items(tracks[20:30], 'b.mp4', first=21)]
    done = smooth(7, [item for part in parts for item in part])
    alone = [item for part in parts for item in smooth(7, part)]
    assert [item.frame.name for item in done] == [item.frame.name for item in alone]
    assert all(np.array_equal(one.keypoints, other.keypoints) for one, other in zip(done, alone, strict=True))


def test_frames_are_given_with_half_a_window_of_delay(tracks):
    smoother = Smoother(5)
    counts = [len(list(smoother.add(item))) for item in items(tracks[:8])]
    assert counts == [0, 0, 0, 0, 3, 1, 1, 1] and len(list(smoother.finish())) == 2


@pytest.mark.parametrize('window', [-1, 0, 1, 3, 6])
def test_refuses_other_windows(window):
    with pytest.raises(ValueError, match='an odd number of frames from 5 on'):
        Smoother(window)
