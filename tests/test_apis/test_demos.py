import runpy
from pathlib import Path

import cv2
import pytest

DEMO = Path(__file__).parents[2] / 'demo'


@pytest.fixture(scope='module')
def image_demo():
    return runpy.run_path(str(DEMO / 'image_demo.py'))['main']


@pytest.fixture
def image_files(images, tmp_path):
    files = [tmp_path / f'{number}.png' for number in range(2)]
    for file, image in zip(files, images, strict=False):
        cv2.imwrite(str(file), image)
    return [str(file) for file in files]


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
    with pytest.raises(SystemExit, match=r'error: .*nothing\.png does not exist'):
        image_demo(['nothing.png', str(config_file), str(checkpoint)])
    with pytest.raises(SystemExit, match='error: .*nothing.pth'):
        image_demo([image_files[0], str(config_file), str(tmp_path / 'nothing.pth')])
    with pytest.raises(SystemExit, match='cannot be written'):
        image_demo([image_files[0], str(config_file), str(checkpoint), '--out-file', str(tmp_path / 'out.unknown')])


def test_help(image_demo, capsys):
    with pytest.raises(SystemExit) as ended:
        image_demo(['--help'])
    assert ended.value.code == 0 and '--trust-checkpoint' in capsys.readouterr().out
