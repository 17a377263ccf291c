"""Boxes of a figure that travels."""

import shutil

import cv2
import numpy as np
import pytest

from kpgan_mm.datasets import BoxedVideoFiles
from kpgan_mm.datasets.boxed_video_files import BoxTable

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
        (f'{HEADER}a,b,1,1,2,5\n', 'line 2: frame is b, which is no number'),
        (f'{HEADER}a,0,1,nan,2,5\n', 'line 2: y is nan, which is no number'),
        (f'{HEADER}a,0,1,1,2\n', 'line 2: height is blank, which is no number'),
        (f'{HEADER}a,0.5,1,1,2,5\n', 'line 2: frame is 0.5, and frames are whole numbers from 0'),
        (f'{HEADER}a,-1,1,1,2,5\n', 'line 2: frame is -1, and frames'),
        (f'{HEADER} ,0,1,1,2,5\n', 'line 2: video is blank'),
        (HEADER.replace(',', ';'), "has no column video, .*, and found are 'video;frame;x;y;width;height'"),
        ('\n', 'has no column video, .*, and found are none'),
        (f'{HEADER}a,3,1,1,2,5\na.mp4,3,2,2,2,5\n', 'line 3: frame 3 of a has a box already'),
        (f'{HEADER}x/a.mp4,0,1,1,2,5\ny/a.mp4,1,1,1,2,5\n', 'line 3: y/a.mp4 and x/a.mp4 would be taken for one'),
        (f'{HEADER}a.mp4,0,1,1,2,5\na.avi,1,1,1,2,5\n', 'a.avi and a.mp4 would be taken for one video'),
        (f'{HEADER}"' + 'a' * 200_000, 'cannot be read as a CSV table of boxes'),
    ],
)
def test_messages(tmp_path, content, message):
    (tmp_path / 'boxes.csv').write_text(content)
    with pytest.raises(ValueError, match=message):
        BoxTable(tmp_path / 'boxes.csv')


def test_only_the_suffix_of_a_video_is_left_out(tmp_path):
    (tmp_path / 'boxes.csv').write_text(f'{HEADER}mouse.1,0,1,1,2,5\nmouse.2.MP4,0,1,1,2,5\n')
    assert list(BoxTable(tmp_path / 'boxes.csv').boxes) == [('mouse.1', 0), ('mouse.2', 0)]


def test_two_videos_of_one_name_are_refused(video, tmp_path):
    (tmp_path / 'day2').mkdir()
    shutil.copyfile(video, tmp_path / 'day2' / video.name)
    (tmp_path / 'boxes.csv').write_text(f'{HEADER}my-bird,1,2,3,4,5\n')
    files = [str(video), str(tmp_path / 'day2' / video.name)]
    with pytest.raises(ValueError, match='would give .*my-bird.mp4 and .*day2.my-bird.mp4 the same boxes'):
        BoxedVideoFiles(str(tmp_path / 'boxes.csv'), files=files, cache_dir=str(tmp_path / 'cache'))


def test_what_pandas_and_spreadsheets_write(tmp_path):
    (tmp_path / 'boxes.csv').write_text('Video, Frame ,X, y, WIDTH, height,score\n a.mp4 ,2.0, 1,1,2, 5,0.9\n')
    table = BoxTable(tmp_path / 'boxes.csv')
    np.testing.assert_array_equal(table.boxes['a', 2], [1, 1, 3, 6])


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(ValueError, match='is a folder: name the CSV table of boxes in it'):
        BoxTable(tmp_path)


@pytest.mark.parametrize(
    ('written', 'file', 'same'),
    [
        ('a', 'vids/a.mp4', True),
        ('a.mp4', 'vids/a.mp4', True),
        ('a.MP4', 'vids/a.mp4', True),
        ('vids/a', 'vids/a.mp4', True),
        ('./vids/a.mp4', 'vids/a.mp4', True),
        ('../vids/a.mp4', 'vids/a.mp4', True),
        (r'C:\x\vids\a.mp4', 'x/vids/a.mp4', True),
        (r'C:\y\vids\a.mp4', 'x/vids/a.mp4', False),
        ('/x/vids/a.mp4', '/x/vids/a.mp4', True),
        ('x/y/a.mp4', 'vids/a.mp4', False),
        ('a.avi', 'vids/a.mp4', False),
        ('my-vids/a.mp4', 'vids/a.mp4', False),
        ('b.mp4', 'vids/a.mp4', False),
    ],
)
def test_folder_and_suffix_are_those_of_the_file_where_they_are_given(tmp_path, monkeypatch, written, file, same):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'boxes.csv').write_text(f'{HEADER}{written},3,1,1,2,5\n')
    table = BoxTable('boxes.csv')
    assert table.names(file) is same and (table.box(file, 3) is not None) is same
    assert table.box(file, 4) is None


def test_a_table_says_which_of_two_videos_of_one_name_it_means(video, tmp_path):
    (tmp_path / 'day2').mkdir()
    shutil.copyfile(video, tmp_path / 'day2' / video.name)
    (tmp_path / 'boxes.csv').write_text(f'{HEADER}day2/my-bird,1,2,3,4,5\n')
    files = [str(video), str(tmp_path / 'day2' / video.name)]
    source = BoxedVideoFiles(str(tmp_path / 'boxes.csv'), files=files, cache_dir=str(tmp_path / 'cache'))
    assert [source.files[frame['video_id']].parent.name for frame in source.frames] == ['day2']


@pytest.mark.parametrize('box', ['32,0,9,9', '0,32,9,9', '-9,0,9,9', '0,-9,9,9'])
def test_a_box_that_shows_nothing_is_refused_and_one_that_shows_something_is_not(video, tmp_path, box):
    arguments = dict(boxes=str(tmp_path / 'boxes.csv'), files=str(video), cache_dir=str(tmp_path / 'cache'))
    (tmp_path / 'boxes.csv').write_text(f'{HEADER}my-bird,0,-5,-5,6,6\nmy-bird,1,31,31,9,9\n')
    assert len(BoxedVideoFiles(**arguments)) == 2
    with (tmp_path / 'boxes.csv').open('a') as file:
        file.write(f'my-bird,4,{box}\n')
    with pytest.raises(ValueError, match='box of frame 4 of .*my-bird.mp4.* lies outside its picture of 32 x 32'):
        BoxedVideoFiles(**arguments)
