from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from kpgan_mm.datasets import VideoFiles
from kpgan_mm.datasets.bad_data import BadDataError
from kpgan_mm.datasets.frame_sources import load_frame
from kpgan_mm.datasets.video_files import decode_video, video_frames
from tests.own_images import make_video


@pytest.fixture
def video(tmp_path):
    path = tmp_path / 'clip.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10, (32, 24))
    for value in range(7):
        frame = np.full((24, 32, 3), 30 * value, dtype=np.uint8)
        frame[:, 16:] = 255 - 30 * value
        writer.write(frame)
    writer.release()
    return path


def test_frames_are_decoded_once(video, tmp_path):
    source = VideoFiles(str(video), str(tmp_path / 'cache'))
    assert [frame['frame_id'] for frame in source.frames] == list(range(7))
    image = load_frame(source.frames[3])
    assert image.shape == (24, 32, 3) and abs(int(image[12, 4, 0]) - 90) < 8
    written = [(path, path.stat().st_mtime_ns) for path in (tmp_path / 'cache').rglob('*.png')]
    again = VideoFiles([str(video)], str(tmp_path / 'cache'))
    assert again.frames == source.frames
    assert [(path, path.stat().st_mtime_ns) for path in (tmp_path / 'cache').rglob('*.png')] == written


def test_crop_and_stride_have_a_cache_of_their_own(video, tmp_path):
    whole = VideoFiles(str(video), str(tmp_path / 'cache'))
    part = VideoFiles(str(video), str(tmp_path / 'cache'), crop=(16, 4, 10, 12), stride=3)
    assert [frame['frame_id'] for frame in part.frames] == [0, 3, 6]
    image = load_frame(part.frames[1])
    assert image.shape == (12, 10, 3) and abs(int(image[6, 5, 0]) - 165) < 8
    assert part.frames[0]['video_id'] != whole.frames[0]['video_id']


def test_folder_of_videos(video, tmp_path):
    (tmp_path / 'readme.txt').write_text('no video')
    assert len(VideoFiles(str(tmp_path), str(tmp_path / 'cache')).videos()) == 1


def test_a_second_process_may_have_been_faster(video, tmp_path):
    folder = tmp_path / 'cache' / 'clip'
    for _ in range(2):
        decode_video(video, folder)
    assert len(list(folder.glob('*.png'))) == 7
    assert [path.name for path in folder.parent.iterdir()] == ['clip']


def test_bad_videos_leave_no_cache(tmp_path):
    cache = tmp_path / 'cache'
    (tmp_path / 'broken.mp4').write_bytes(b'this is no video')
    with pytest.raises(ValueError, match='no frame could be read from .*broken.mp4'):
        VideoFiles(str(tmp_path / 'broken.mp4'), str(cache))
    assert list(cache.iterdir()) == []
    with pytest.raises(FileNotFoundError, match='video .*none.mp4 does not exist'):
        VideoFiles([str(tmp_path / 'none.mp4')], str(cache))
    (tmp_path / 'empty').mkdir()
    with pytest.raises(ValueError, match='no frames found in .*videos with .mp4'):
        VideoFiles(str(tmp_path / 'empty'), str(cache))


def test_crop_must_lie_in_the_picture(video, tmp_path):
    with pytest.raises(ValueError, match='leaves the 32 x 24 pictures'):
        VideoFiles(str(video), str(tmp_path / 'cache'), crop=(20, 0, 20, 10))
    assert list((tmp_path / 'cache').iterdir()) == []


def test_lists_may_hold_folders(video, tmp_path):
    for folder in ('one', 'two'):
        (tmp_path / folder).mkdir()
        for number in (10, 2):
            (tmp_path / folder / f'{folder}{number}.avi').write_bytes(video.read_bytes())
    files = [str(tmp_path / 'two'), str(video), str(tmp_path / 'one')]
    source = VideoFiles(files, str(tmp_path / 'cache'), stride=7)
    assert [frame['video_id'].split('-')[0] for frame in source.frames] == ['two2', 'two10', 'clip', 'one2', 'one10']


def test_a_frame_that_cannot_be_decoded_leaves_no_cache(video, tmp_path, monkeypatch):
    damaged = SimpleNamespace(grab=lambda: True, retrieve=lambda: (False, None), release=lambda: None)
    monkeypatch.setattr(cv2, 'VideoCapture', lambda _: damaged)
    with pytest.raises(ValueError, match='frame 0 of .*clip.avi cannot be decoded'):
        decode_video(video, tmp_path / 'cache' / 'clip')
    assert list((tmp_path / 'cache').iterdir()) == []


def test_a_picture_that_cannot_be_written_leaves_no_cache(video, tmp_path, monkeypatch):
    write = cv2.imwrite
    monkeypatch.setattr(cv2, 'imwrite', lambda file, image: '3.png' not in file and write(file, image))
    with pytest.raises(OSError, match='frame 3 of .*clip.avi cannot be written'):
        decode_video(video, tmp_path / 'cache' / 'clip')
    assert list((tmp_path / 'cache').iterdir()) == []


def test_frames_one_at_a_time(tmp_path):
    video = make_video(tmp_path / 'clip.mp4', 5)
    frames = list(video_frames(video))
    assert [number for number, _ in frames] == [0, 1, 2, 3, 4] and frames[0][1].shape == (48, 64, 3)
    (tmp_path / 'text.mp4').write_text('no video')
    with pytest.raises(BadDataError, match='no frame could be read from .*text.mp4'):
        next(video_frames(tmp_path / 'text.mp4'))
    with pytest.raises(FileNotFoundError, match='video .*none.mp4 does not exist'):
        next(video_frames(tmp_path / 'none.mp4'))


def test_a_frame_that_cannot_be_decoded_is_none(tmp_path, monkeypatch):
    class Capture:
        def __init__(self, _):
            self.left = 3

        def grab(self):
            self.left -= 1
            return self.left >= 0

        def retrieve(self):
            return True, None if self.left == 1 else np.zeros((2, 2, 3), np.uint8)

        def release(self):
            pass

    (tmp_path / 'clip.mp4').write_bytes(b'x')
    monkeypatch.setattr(cv2, 'VideoCapture', Capture)
    assert [image is None for _, image in video_frames(tmp_path / 'clip.mp4')] == [False, True, False]
