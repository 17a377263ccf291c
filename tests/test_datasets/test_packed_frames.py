import numpy as np
import pytest

from kpgan_mm.datasets import PackedFrames, PuppetFrames
from kpgan_mm.datasets.frame_packing import pack_frames, plan_packing
from tests.toys import METAINFO


@pytest.fixture
def packed(tmp_path):
    source = dict(type='kpgan_mm.PuppetFrames', num_videos=3, num_frames=2, image_size=32)
    dataset = dict(
        type='kpgan_mm.UnposedPairDataset',
        source=source,
        metainfo=METAINFO,
        pipeline=[dict(type='kpgan_mm.LoadFramePair'), dict(type='kpgan_mm.PackPairInputs')],
    )
    pack_frames(plan_packing(dataset), tmp_path / 'packed')
    return PackedFrames(str(tmp_path / 'packed'))


def test_frames_are_those_of_the_source(packed):
    source = PuppetFrames(num_videos=3, num_frames=2, image_size=32)
    assert len(packed) == 6 and [list(video) for video in packed.videos()] == source.videos()
    for index in range(6):
        frame = packed.frame(index)
        np.testing.assert_array_equal(frame['img'], source.frames[index]['img'])
        assert [frame[key] for key in ('video_id', 'frame_id')] == [
            source.frames[index][key] for key in ('video_id', 'frame_id')
        ]
        assert frame['packed']['ori_shape'] == (32, 32) and 'bbox' not in frame and 'img_path' not in frame
    np.testing.assert_array_equal(packed.frames[-1]['img'], packed.frames[5]['img'])
    with pytest.raises(IndexError, match='frame 6 of 6'):
        packed.frame(6)


def test_transforms_may_write_into_a_frame(packed):
    first = packed.frame(0)['img']
    before = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(packed.frame(0)['img'], before)
