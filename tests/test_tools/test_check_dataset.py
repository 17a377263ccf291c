import json

import cv2
import numpy as np
import pytest

from tests.toys import METAINFO, load_tool


@pytest.fixture
def config(tmp_path):
    """A training set of two folders, and its folder."""
    rng = np.random.default_rng(0)
    for video in 'ab':
        (tmp_path / 'frames' / video).mkdir(parents=True)
        for number in range(3):
            image = rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)
            cv2.imwrite(str(tmp_path / 'frames' / video / f'{number}.png'), image)
    np.savez(tmp_path / 'prior.npz', keypoints=rng.uniform(4, 28, (20, 4, 2)))
    train = dict(
        type='kpgan_mm.FramePairDataset',
        source=dict(type='kpgan_mm.FrameFolders', root='data/frames'),
        prior=dict(type='kpgan_mm.NpzPosePrior', file='data/prior.npz', size=(32, 32)),
        metainfo=METAINFO,
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size=(32, 32)),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    )
    content = dict(default_scope='mmpose', data_root='data', train_dataloader=dict(dataset=train))
    (tmp_path / 'config.py').write_text('\n'.join(f'{key} = {value!r}' for key, value in content.items()))
    return [str(tmp_path / 'config.py'), '--cfg-options', f'data_root={tmp_path}']


@pytest.fixture
def tool():
    return load_tool('misc/check_dataset')


def test_fine(tool, config, capsys):
    assert tool.main(config) == 0
    text = capsys.readouterr().out
    assert 'looked at: 20 prior poses, 6 frames, 6 images, 6 images decoded, 2 videos' in text
    assert '0 config, 0 error, 0 warning: fine' in text


def test_bad_data(tool, config, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv('COLUMNS', '240')
    (tmp_path / 'frames' / 'a' / '1.png').write_bytes(b'')
    (tmp_path / 'frames' / 'b' / '[2].png').write_text('text')
    assert tool.main(config) == 1
    text = capsys.readouterr().out
    assert 'empty-file' in text and 'unreadable' in text and '2 error, 0 warning: data are bad' in text
    # Brackets in names are no markup.
    assert '[2].png' in text.replace('\n', '') and 'Replace the file by an image' in text


def test_a_config_that_cannot_work(tool, config, tmp_path, capsys):
    assert tool.main([config[0], '--cfg-options', 'data_root=/nowhere']) == 2
    assert 'the config cannot work' in capsys.readouterr().out
    assert tool.main([str(tmp_path / 'none.py')]) == 2


def test_json(tool, config, tmp_path, capsys):
    (tmp_path / 'frames' / 'a' / '1.png').unlink()
    (tmp_path / 'frames' / 'a' / '1.png').symlink_to('nowhere.png')
    assert tool.main([*config, '--json', '--full', '--split', 'train']) == 1
    content = json.loads(capsys.readouterr().out)
    assert content['exit_code'] == 1 and content['summary'] == dict(config=0, error=1, warning=0)
    problem = content['problems'][0]
    assert problem['kind'] == 'missing-file' and problem['file'].endswith('frames/a/1.png') and problem['mend']
    assert content['looked_at']['images decoded'] == content['looked_at']['images'] == 5


def test_many_rows_are_cut(tool, config, tmp_path, capsys):
    for video in 'ab':
        for number in range(2):
            (tmp_path / 'frames' / video / f'{number}.png').write_bytes(b'')
    assert tool.main([*config, '--rows', '1']) == 1
    text = capsys.readouterr().out
    assert text.count('│ error') == 1 and 'empty-file: 3 more rows; --json prints all, --rows 4 shows all' in text
