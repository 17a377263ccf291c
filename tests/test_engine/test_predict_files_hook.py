"""configs/autolink_folder.py from the command line: a folder in, keypoints and learned skeleton out."""

import json
import re
from pathlib import Path

import pytest

from tests.own_images import SOUND, make_folder, make_video
from tests.toys import ROOT, forget_runs, load_tool

SMALL = (
    'num_keypoints=5', 'train_cfg.max_iters=2', 'train_cfg.val_interval=2', 'model.backbone.base_channels=2',
    'model.generator.base_channels=2', 'model.head.in_channels=4', 'train_dataloader.num_workers=0',
    'train_dataloader.persistent_workers=False', 'val_dataloader.num_workers=0',
)  # fmt: skip


@pytest.fixture
def train(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tool = load_tool('train')

    def train(source, *flags):
        forget_runs()
        arguments = [str(ROOT / 'configs' / 'autolink_folder.py'), '--work-dir', 'run', *flags]
        args = tool.parse_args([*arguments, '--cfg-options', f'data_root={source}', *SMALL])
        return tool.run_tool(tool.train, args)

    return train


def test_one_command(train, capfd):
    assert train(make_folder(Path('mine'))) == 0
    printed = capfd.readouterr()
    assert 'pictures and overlay video: run/predictions' in printed.out
    # Each broken file is named, once in training and once in prediction at least.
    assert 'cut.jpg' in printed.out + printed.err and 'left out' in printed.out + printed.err
    content = json.loads(Path('run/predictions/predictions.json').read_text())
    assert sorted(image['file_name'] for image in content['images']) == sorted(SOUND)
    category = content['categories'][0]
    # The learned skeleton: an untrained one links nearly everything.
    assert category['keypoints'] == [f'keypoint_{k}' for k in range(5)] and len(category['skeleton']) > 4
    assert {path.name for path in Path('run/predictions').iterdir()} == {
        'predictions.json', 'predictions.csv', 'predictions.npz', 'pictures', 'contact_sheet.jpg', 'overlay.mp4',
    }  # fmt: skip


def test_a_video(train):
    assert train(make_video(Path('clip.mp4'), 6)) == 0
    assert len(json.loads(Path('run/predictions/predictions.json').read_text())['images']) == 6


def test_folders_with_nothing_to_learn_from(train, capsys):
    make_folder(Path('all'))
    Path('mine').mkdir()
    for file, message in (
        (None, r'no frames found in mine \(images with .jpg, '),
        ('text.jpg', r'no frame of mine .* can be used: 1 items are bad, the first: mine/text.jpg cannot be decoded'),
        ('one_pixel.png', 'mine has a single picture that can be used, and learning needs at least two'),
    ):
        if file:
            Path('all', file).rename(Path('mine', file))
        assert train('mine') == 2
        error = capsys.readouterr().err
        assert re.match(f'error: .*{message}', error) and error.count('\n') == 1
    assert not Path('run/predictions').exists()


def test_single_pixels(train):
    make_folder(Path('all'))
    for name in set(SOUND) - {'one_pixel.png', 'thin.png'}:
        Path('all', name).unlink()
    assert train('all') == 0
    assert Path('run/predictions/predictions.csv').read_text().count('\n') == 5
