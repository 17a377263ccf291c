import hashlib
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from kpgan_mm.utils.checkpoint import load_from_local, to_plain

TOOL = runpy.run_path(str(Path(__file__).parents[2] / 'tools' / 'misc' / 'publish_model.py'))
WEIGHTS = {f'{part}.weight': torch.full((2,), float(k)) for k, part in enumerate(('backbone', 'head', 'generator'))}


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / 'iter_10.pth'
    meta = {'dataset_meta': {'keypoint_colors': np.array([[1, 2, 3]])}, 'iter': 10, 'cfg': 'work_dir = "/home/me"'}
    torch.save(to_plain({'meta': meta, 'state_dict': WEIGHTS, 'optimizer': {'lr': 1.0}}), path)
    return path


def published(folder):
    (path,) = folder.iterdir()
    return path


def test_strips_and_names(checkpoint, tmp_path):
    TOOL['main']([str(checkpoint), str(tmp_path / 'out' / 'mouse.pth')])
    path = published(tmp_path / 'out')
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.name == f'mouse-{digest[:8]}.pth'
    content = load_from_local(str(path))
    assert set(content) == {'meta', 'state_dict'}
    assert set(content['state_dict']) == {'backbone.weight', 'head.weight'}
    assert torch.equal(content['state_dict']['head.weight'], WEIGHTS['head.weight'])
    assert set(content['meta']) == {'dataset_meta', 'iter', 'cfg_text'}
    np.testing.assert_array_equal(content['meta']['dataset_meta']['keypoint_colors'], [[1, 2, 3]])


def test_everything(checkpoint, tmp_path):
    TOOL['main']([str(checkpoint), str(tmp_path / 'out' / 'mouse'), '--everything'])
    assert set(load_from_local(str(published(tmp_path / 'out')))['state_dict']) == set(WEIGHTS)


def test_says_what_is_wrong(checkpoint, tmp_path):
    out = str(tmp_path / 'out.pth')
    with pytest.raises(SystemExit, match='no checkpoint'):
        TOOL['main']([str(tmp_path / 'nothing.pth'), out])
    torch.save({'state_dict': {'generator.weight': torch.ones(1)}}, tmp_path / 'generator.pth')
    with pytest.raises(SystemExit, match='backbone. or head.'):
        TOOL['main']([str(tmp_path / 'generator.pth'), out])
    torch.save({'state_dict': WEIGHTS, 'extra': Path}, tmp_path / 'code.pth')
    with pytest.raises(SystemExit, match='--trust-checkpoint'):
        TOOL['main']([str(tmp_path / 'code.pth'), out])
    TOOL['main']([str(tmp_path / 'code.pth'), str(tmp_path / 'out' / 'm.pth'), '--trust-checkpoint'])
    assert load_from_local(str(published(tmp_path / 'out')))['state_dict']


def test_help(capsys):
    with pytest.raises(SystemExit) as ended:
        TOOL['main'](['--help'])
    assert ended.value.code == 0 and '--everything' in capsys.readouterr().out
