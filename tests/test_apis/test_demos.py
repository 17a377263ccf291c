import csv
import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest

DEMO = Path(__file__).parents[2] / 'demo'


@pytest.fixture(scope='module')
def image_demo():
    return runpy.run_path(str(DEMO / 'image_demo.py'))['main']


@pytest.fixture(scope='module')
def video_demo():
    return runpy.run_path(str(DEMO / 'video_demo.py'))['main']


@pytest.fixture
def image_files(images, tmp_path):
    files = [tmp_path / f'{number}.png' for number in range(2)]
    for file, image in zip(files, images, strict=False):
        cv2.imwrite(str(file), image)
    return [str(file) for file in files]


@pytest.fixture
def video_file(tmp_path):
    path = tmp_path / 'clip.mp4'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 10.0, (64, 48))
    for number in range(35):
        writer.write(np.full((48, 64, 3), 5 * number, np.uint8))
    writer.release()
    return str(path)


def test_image_demo(image_demo, image_files, config_file, checkpoint, tmp_path, capsys):
    out_file = tmp_path / 'out.png'
    image_demo([image_files[0], str(config_file), str(checkpoint), '--out-file', str(out_file)])
    assert cv2.imread(str(out_file)).shape == (40, 60, 3)
    printed = capsys.readouterr().out
    assert 'head' in printed and 'right' in printed


def test_image_demo_reenacts(image_demo, image_files, config_file, checkpoint, tmp_path):
    out_file = tmp_path / 'out.png'
    arguments = [image_files[0], str(config_file), str(checkpoint), '--out-file', str(out_file)]
    image_demo([*arguments, '--appearance', image_files[1]])
    assert cv2.imread(str(out_file)).shape == (32, 32, 3)


def test_image_demo_says_what_is_wrong(image_demo, image_files, config_file, checkpoint, tmp_path):
    with pytest.raises(SystemExit, match='error: .*no image'):
        image_demo(['nothing.png', str(config_file), str(checkpoint)])
    with pytest.raises(SystemExit, match='error: .*nothing.pth'):
        image_demo([image_files[0], str(config_file), str(tmp_path / 'nothing.pth')])
    with pytest.raises(SystemExit, match='cannot be written'):
        image_demo([image_files[0], str(config_file), str(checkpoint), '--out-file', str(tmp_path / 'out.unknown')])


def test_video_demo(video_demo, video_file, config_file, checkpoint, tmp_path):
    video_demo([video_file, str(config_file), str(checkpoint), '--out-dir', str(tmp_path / 'out')])
    with open(tmp_path / 'out' / 'clip_keypoints.csv', newline='') as file:
        rows = list(csv.reader(file))
    assert rows[1] == ['bodyparts'] + ['head'] * 3 + ['left'] * 3 + ['right'] * 3
    assert rows[2] == ['coords'] + ['x', 'y', 'likelihood'] * 3
    assert len(rows) == 3 + 35
    assert [row[0] for row in rows[3:]] == [str(number) for number in range(35)]
    assert all(len(row) == 10 and np.isfinite([float(value) for value in row]).all() for row in rows[3:])
    overlay = cv2.VideoCapture(str(tmp_path / 'out' / 'clip_keypoints.mp4'))
    assert overlay.get(cv2.CAP_PROP_FRAME_COUNT) == 35
    assert overlay.get(cv2.CAP_PROP_FPS) == pytest.approx(10.0)


def test_video_demo_says_what_is_wrong(video_demo, config_file, checkpoint, tmp_path):
    with pytest.raises(SystemExit, match='no video'):
        video_demo(['nothing.mp4', str(config_file), str(checkpoint)])
    (tmp_path / 'text.mp4').write_text('no video')
    with pytest.raises(SystemExit, match='cannot be read as a video'):
        video_demo([str(tmp_path / 'text.mp4'), str(config_file), str(checkpoint)])


@pytest.mark.parametrize('demo', ['image_demo', 'video_demo'])
def test_help(demo, request, capsys):
    with pytest.raises(SystemExit) as ended:
        request.getfixturevalue(demo)(['--help'])
    assert ended.value.code == 0 and '--trust-checkpoint' in capsys.readouterr().out
