import pytest
from mmengine.config import Config
from mmengine.dataset import BaseDataset

from kpgan_mm.apis import build_test_set, draw_pairs, spread_frames, videos_of


class Frames(BaseDataset):
    """Samples of given videos, which cannot be read."""

    def __init__(self, videos):
        self._videos = videos
        super().__init__(ann_file='', serialize_data=False)

    def load_data_list(self):
        return [{} if video is None else {'video_id': video} for video in self._videos]

    def get_data_info(self, idx):
        raise AssertionError('nothing need be read to sort frames')


VIDEOS = [[0, 1, 2], [3, 4], [5]]


def test_videos_of():
    assert videos_of(Frames(['a', 'b', 'a', 'c', 'b'])) == [[0, 2], [1, 4], [3]]
    # a picture of no video is a video of its own
    assert videos_of(Frames([None, 'a', None, 'a'])) == [[0], [1, 3], [2]]


def test_pairs_are_of_different_videos():
    of = {index: video for video, frames in enumerate(VIDEOS) for index in frames}
    pairs = draw_pairs(VIDEOS, 30, seed=1)
    assert len(pairs) == 30
    assert all(of[target] != of[other] for target, other, _ in pairs)
    assert all((neighbour is None) == (target == 5) for target, _, neighbour in pairs)
    assert all(of[target] == of[n] and target != n for target, _, n in pairs if n is not None)
    # every video has its turn before any has a second one
    assert all({of[target] for target, _, _ in pairs[i : i + 3]} == {0, 1, 2} for i in range(0, 30, 3))
    # every other video lends its appearance
    assert {(of[target], of[other]) for target, other, _ in pairs} == {
        (a, b) for a in range(3) for b in range(3) if a != b
    }


def test_pairs_follow_the_seed():
    assert draw_pairs(VIDEOS, 10, seed=3) == draw_pairs(VIDEOS, 10, seed=3)
    assert draw_pairs(VIDEOS, 10, seed=3) != draw_pairs(VIDEOS, 10, seed=4)
    assert len(draw_pairs(VIDEOS, 2)) == 2
    with pytest.raises(ValueError, match='needs two videos, and the test set has 1'):
        draw_pairs(VIDEOS[:1], 2)


def test_spread_frames():
    assert spread_frames(VIDEOS, 2) == [1, 5]
    assert spread_frames(VIDEOS, 3) == [1, 4, 5]
    assert spread_frames(VIDEOS, 6) == [0, 1, 2, 3, 4, 5]
    with pytest.raises(ValueError, match='7 frames are wanted, and the test set has 6'):
        spread_frames(VIDEOS, 7)


def test_test_set_of_a_config():
    dataset = dict(type='kpgan_mm.PuppetDataset', num_videos=2, num_frames=3, test_mode=True)
    built = build_test_set(Config(dict(test_dataloader=dict(dataset=dataset))))
    assert videos_of(built) == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(ValueError, match='no test_dataloader'):
        build_test_set(Config({}))
