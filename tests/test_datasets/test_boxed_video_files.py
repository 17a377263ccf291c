"""Boxes of a figure that travels."""

import cv2
import numpy as np
import pytest

from kpgan_mm.datasets import BoxedVideoFiles
from kpgan_mm.datasets.boxed_video_files import read_box_table

HEADER = 'video,frame,x,y,width,height\n'


@pytest.fixture
def video(tmp_path):
    """Six grey frames."""
    writer = cv2.VideoWriter(str(tmp_path / 'my-bird.mp4'), cv2.VideoWriter_fourcc(*'mp4v'), 25.0, (32, 32))
    for value in range(6):
        writer.write(np.full((32, 32, 3), 40 * value, np.uint8))
    writer.release()
    return tmp_path / 'my-bird.mp4'


def test_frames_with_a_box(video, tmp_path):
    table = tmp_path / 'boxes.csv'
    table.write_text(f'{HEADER}my-bird.mp4,1,2,3,4,5\nmy-bird,4,0,0,32,32\nother,0,0,0,1,1\n')
    source = BoxedVideoFiles(str(table), files=str(video), cache_dir=str(tmp_path / 'cache'))
    assert [frame['frame_id'] for frame in source.frames] == [1, 4]
    np.testing.assert_array_equal(source.frame(0)['bbox'], [2, 3, 6, 8])
    table.write_text(f'{HEADER}other,0,0,0,1,1\n')
    with pytest.raises(ValueError, match='a box for no frame of these videos; it names other'):
        BoxedVideoFiles(str(table), files=str(video), cache_dir=str(tmp_path / 'cache'))


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('video,frame\n', 'has no column x, y, width, height'),
        (f'{HEADER}a,0,1,1,0,5\n', 'line 2: the box is 0 wide'),
        (f'{HEADER}a,b,1,1,2,5\n', 'line 2: a field is no number'),
    ],
)
def test_messages(tmp_path, content, message):
    (tmp_path / 'boxes.csv').write_text(content)
    with pytest.raises(ValueError, match=message):
        read_box_table(str(tmp_path / 'boxes.csv'))
