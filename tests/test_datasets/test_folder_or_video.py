from pathlib import Path

import cv2
import numpy as np
import pytest

from kpgan_mm.datasets import FolderOrVideo
from kpgan_mm.datasets.bad_data import BadDataError
from kpgan_mm.datasets.frame_sources import load_frame
from kpgan_mm.datasets.puppets import make_puppet_videos
from tests.own_images import BROKEN, SOUND, make_folder


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Two images, one grey and with alpha, in a sub-folder each, and a video of six frames."""
    folder = tmp_path_factory.mktemp('mine')
    frames = make_puppet_videos(num_videos=1, num_frames=6, image_size=32).frames[0]
    (folder / 'more').mkdir()
    cv2.imwrite(str(folder / 'a.png'), np.full((20, 30), 90, np.uint8))
    cv2.imwrite(str(folder / 'more' / 'b.PNG'), np.full((20, 30, 4), 80, np.uint8))
    writer = cv2.VideoWriter(str(folder / 'more' / 'clip.MP4'), cv2.VideoWriter_fourcc(*'mp4v'), 25, (32, 32))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return folder


def test_images_and_videos(folder, tmp_path):
    source = FolderOrVideo(str(folder), cache_dir=str(tmp_path))
    assert len(source) == 8
    assert [len(video) for video in source.videos()] == [1, 1, 6]
    assert load_frame(source.frames[0]).shape == load_frame(source.frames[1]).shape == (20, 30, 3)
    assert len(FolderOrVideo(str(folder), cache_dir=str(tmp_path), stride=3)) == 4


def test_one_video(folder, tmp_path):
    source = FolderOrVideo(str(folder / 'more' / 'clip.MP4'), cache_dir=str(tmp_path))
    assert len(source) == 6 and load_frame(source.frames[5]).shape == (32, 32, 3)


def test_refuses(tmp_path):
    with pytest.raises(FileNotFoundError, match='no folder and no video .*nowhere'):
        FolderOrVideo(str(tmp_path / 'nowhere'), cache_dir=str(tmp_path))
    (tmp_path / 'notes.txt').write_text('nothing to see')
    for root in (tmp_path, tmp_path / 'notes.txt'):
        with pytest.raises(ValueError, match=r'no frames found in .* \(images with .jpg'):
            FolderOrVideo(str(root), cache_dir=str(tmp_path))


def test_broken_files(tmp_path):
    make_folder(tmp_path / 'mine')
    (tmp_path / 'mine' / 'text.mp4').write_text('no video')
    source = FolderOrVideo(str(tmp_path / 'mine'), cache_dir=str(tmp_path), bad_data='skip')
    found = {Path(frame['img_path']).relative_to(tmp_path / 'mine').as_posix() for frame in source.frames}
    assert found == set(SOUND)
    left_out = [str(error) for error in source.bad_data.left_out]
    assert len(left_out) == len(BROKEN) + 1 and 'text.mp4' in left_out[-1]
    with pytest.raises(BadDataError, match=r'cut.jpg ends too early and cannot be decoded; .*check_dataset.py'):
        FolderOrVideo(str(tmp_path / 'mine'), cache_dir=str(tmp_path))


def test_one_picture_is_not_enough(tmp_path):
    make_folder(tmp_path)
    for name in set(SOUND) - {'one_pixel.png'}:
        (tmp_path / name).unlink()
    with pytest.raises(ValueError, match='has a single picture that can be used, and learning needs at least two'):
        FolderOrVideo(str(tmp_path), cache_dir=str(tmp_path), bad_data='skip')
