"""Boxes of a figure that travels."""

import shutil

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
        (f'{HEADER}a,3,1,1,2,5\na.mp4,3,2,2,2,5\n', 'line 3: frame 3 of a has a box already'),
        (f'{HEADER}x/a.mp4,0,1,1,2,5\ny/a.mp4,1,1,1,2,5\n', 'line 3: y/a.mp4 and x/a.mp4 would be taken for one'),
        (f'{HEADER}a.mp4,0,1,1,2,5\na.avi,1,1,1,2,5\n', 'a.avi and a.mp4 would be taken for one video'),
        (f'{HEADER}"' + 'a' * 200_000, 'cannot be read as a CSV table of boxes'),
    ],
)
def test_messages(tmp_path, content, message):
    (tmp_path / 'boxes.csv').write_text(content)
    with pytest.raises(ValueError, match=message):
        read_box_table(str(tmp_path / 'boxes.csv'))


def test_only_the_suffix_of_a_video_is_left_out(tmp_path):
    (tmp_path / 'boxes.csv').write_text(f'{HEADER}mouse.1,0,1,1,2,5\nmouse.2.MP4,0,1,1,2,5\n')
    assert list(read_box_table(str(tmp_path / 'boxes.csv'))) == [('mouse.1', 0), ('mouse.2', 0)]


def test_two_videos_of_one_name_are_refused(video, tmp_path):
    (tmp_path / 'day2').mkdir()
    shutil.copyfile(video, tmp_path / 'day2' / video.name)
    (tmp_path / 'boxes.csv').write_text(f'{HEADER}my-bird,1,2,3,4,5\n')
    files = [str(video), str(tmp_path / 'day2' / video.name)]
    with pytest.raises(ValueError, match='two videos are called my-bird'):
        BoxedVideoFiles(str(tmp_path / 'boxes.csv'), files=files, cache_dir=str(tmp_path / 'cache'))
