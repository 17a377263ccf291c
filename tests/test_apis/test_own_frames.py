from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from kpgan_mm.apis import own_frames
from kpgan_mm.apis.own_frames import CameraFrames, OwnFrames, open_frames
from tests.own_images import BROKEN, SOUND, make_folder, make_video


def test_a_folder_of_everything(tmp_path):
    frames = OwnFrames(make_folder(tmp_path))
    found = {frame.name: frame for frame in frames}
    assert {name: frame.image.shape for name, frame in found.items()} == {
        name: (*size, 3) for name, size in SOUND.items()
    }
    assert all(frame.image.dtype == np.uint8 for frame in found.values())
    assert found['deep/odd.bmp'].video_id == 'deep' and found['alpha.png'].video_id == '.'
    assert [found[name].frame_id for name in sorted(found) if 'deep' in name] == [0, 1, 2, 3]
    # Of each broken file the message names it.
    left_out = [str(error) for error in frames.bad_data.left_out]
    assert len(left_out) == len(BROKEN)
    assert all(any(str(tmp_path / name) in message for message in left_out) for name in BROKEN)
    assert not frames.is_video


def test_turned_as_exif_says(tmp_path):
    picture = Image.fromarray(np.repeat(np.arange(60, dtype=np.uint8)[None] * 4, 40, axis=0))
    orientation = Image.Exif()
    orientation[0x0112] = 6  # to be turned by a quarter, clockwise
    picture.save(tmp_path / 'turned.jpg', exif=orientation)
    (frame,) = OwnFrames(tmp_path / 'turned.jpg')
    # What grew from left to right grows from top to bottom.
    assert frame.image[:, 20, 1] == pytest.approx(4 * np.arange(60), abs=3)


def test_a_video_and_a_folder_with_one(tmp_path):
    video = make_video(tmp_path / 'clip.mp4')
    frames = OwnFrames(video)
    listed = list(frames)
    assert frames.is_video and frames.rate == pytest.approx(10)
    assert [frame.frame_id for frame in listed] == list(range(35))
    assert listed[3].name == 'clip.mp4/00000003' and listed[3].image[0, 0, 0] == pytest.approx(15, abs=6)
    (tmp_path / 'damaged.avi').write_text('no video')
    frames = OwnFrames(tmp_path)
    assert len(list(frames)) == 35 and not frames.is_video
    assert 'damaged.avi' in str(frames.bad_data.left_out[0])


def test_a_video_that_ends_before_it_should(tmp_path, monkeypatch):
    video = make_video(tmp_path / 'clip.mp4')
    for promised, read in ((36, 35), (40, 35), (35, 35), (None, 35)):
        monkeypatch.setattr(own_frames, 'promised_frames', lambda path, promised=promised: promised)
        frames = OwnFrames(video)
        assert len(list(frames)) == read
        messages = [str(error) for error in frames.bad_data.left_out]
        # Some videos promise one too many.
        expected = [f'{video} says that it has 40 frames, and 35 can be read: it is damaged there']
        assert messages == (expected if promised == 40 else [])


@pytest.mark.parametrize(('rate', 'shown'), [(25.0, 25), (0.0, 10), (100000.0, 10), (float('nan'), 10), (-1.0, 10)])
def test_rates_that_no_player_shows(monkeypatch, rate, shown):
    monkeypatch.setattr(own_frames.cv2, 'VideoCapture', lambda path: SimpleNamespace(get=lambda what: rate))
    assert own_frames.rate_of('clip.mp4') == shown


def test_one_image(tmp_path):
    make_folder(tmp_path)
    (frame,) = OwnFrames(tmp_path / 'deep' / 'grey.png')
    assert (frame.name, frame.video_id) == ('grey.png', '.')


def test_refuses(tmp_path):
    with pytest.raises(FileNotFoundError, match='no image, video or folder .*nowhere'):
        OwnFrames(tmp_path / 'nowhere')
    (tmp_path / 'notes.txt').write_text('nothing to see')
    for source in (tmp_path, tmp_path / 'notes.txt'):
        with pytest.raises(ValueError, match=r'holds no image or video \(.jpg'):
            OwnFrames(source)


@pytest.fixture
def camera(tmp_path, monkeypatch):
    """Camera 0 shows a clip of 35 frames and is then unplugged; there is no other."""
    clip, real = str(make_video(tmp_path / 'seen_by_camera.mp4')), cv2.VideoCapture
    monkeypatch.setattr(own_frames.cv2, 'VideoCapture', lambda what: real({0: clip, 1: 'nothing.mp4'}.get(what, what)))


@pytest.mark.parametrize('source', ['0', 'webcam:0'])
def test_a_camera(camera, source):
    frames = open_frames(source)
    assert isinstance(frames, CameraFrames) and frames.is_video and frames.rate == pytest.approx(10)
    listed = list(frames)
    assert [frame.frame_id for frame in listed] == list(range(35))
    assert (listed[2].name, listed[2].video_id) == ('webcam_0/00000002', 'webcam_0')
    assert listed[2].image.shape == (48, 64, 3)


def test_a_camera_that_is_not_there(camera):
    with pytest.raises(ValueError, match='camera 1 cannot be opened'):
        open_frames('1')
    with pytest.raises(ValueError, match='named by its number, webcam:0 the first, got webcam:front'):
        open_frames('webcam:front')


def test_a_folder_may_be_called_like_a_camera(camera, tmp_path, monkeypatch):
    make_folder(tmp_path / '0')
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_frames('0'), OwnFrames) and isinstance(open_frames('webcam:0'), CameraFrames)
