"""How many frames a prediction will have."""

import cv2
import numpy as np
import pytest

from kpgan_mm.cli import predict_progress
from kpgan_mm.cli.predict_progress import count_frames
from kpgan_mm.datasets import video_files


def write_video(path, num_frames):
    """Frames of 48 x 32 pixels."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10.0, (48, 32))
    for _ in range(num_frames):
        writer.write(np.zeros((32, 48, 3), np.uint8))
    writer.release()


def without_a_length(path):
    """Take the number of frames out of the headers of an AVI file."""
    content = bytearray(path.read_bytes())
    for header, place in ((b'avih', 16), (b'strh', 32)):
        start = content.index(header) + 8 + place
        content[start : start + 4] = bytes(4)
    path.write_bytes(bytes(content))


@pytest.fixture
def folder(tmp_path):
    """Two videos, three pictures and a text."""
    write_video(tmp_path / 'a.avi', 5)
    (tmp_path / 'deep').mkdir()
    write_video(tmp_path / 'deep' / 'b.AVI', 7)
    for name in ('1.png', '2.jpg', 'deep/3.JPG', 'notes.txt'):
        (tmp_path / name).touch()
    return tmp_path


def test_files_and_folders(folder):
    assert count_frames(str(folder / 'a.avi')) == 5
    assert count_frames(str(folder / '1.png')) == 1
    assert count_frames(str(folder)) == 5 + 7 + 3


def test_what_does_not_say_it(folder):
    without_a_length(folder / 'a.avi')
    assert count_frames(str(folder / 'a.avi')) is None
    assert count_frames(str(folder)) is None  # a part of them is no total
    (folder / 'a.avi').write_bytes(b'no video')
    assert count_frames(str(folder / 'a.avi')) is None
    assert count_frames('webcam:0') is None


@pytest.mark.parametrize(
    ('promised', 'frames'), [(0.0, None), (-9.2e16, None), (float('nan'), None), (1e12, None), (12.0, 12)]
)
def test_odd_promises(tmp_path, monkeypatch, promised, frames):
    class Capture:
        def isOpened(self):  # noqa: N802  (as OpenCV calls it)
            return True

        def get(self, what):
            return promised

        def release(self):
            pass

    monkeypatch.setattr(video_files.cv2, 'VideoCapture', lambda path: Capture())
    (tmp_path / 'clip.mp4').touch()
    assert count_frames(str(tmp_path / 'clip.mp4')) == frames


@pytest.mark.parametrize(
    ('known', 'max_frames', 'total'), [(12, None, 12), (12, 5, 5), (5, 12, 5), (None, 5, 5), (None, None, None)]
)
def test_the_total_of_the_bar(monkeypatch, known, max_frames, total):
    monkeypatch.setattr(predict_progress, 'count_frames', lambda source: known)
    assert predict_progress.init_showing_progress('clip.mp4', max_frames)[1].total == total
    # How many frames have a box nobody knows.
    assert predict_progress.init_showing_progress('clip.mp4', max_frames, boxed=True)[1].total == max_frames
