import runpy
from pathlib import Path

import cv2
import pytest

TOOL = runpy.run_path(str(Path(__file__).parents[2] / 'tools' / 'misc' / 'browse_dataset.py'))
CONFIG = """
from kpgan_mm.datasets.metainfo.puppets import dataset_info
crop = [dict(type='GetBBoxCenterScale', padding=1.0), dict(type='TopdownAffine', input_size=(64, 64))]
prior = dict(type='kpgan_mm.PuppetPosePrior', num_poses=6)
train_dataloader = dict(dataset=dict(
    type='kpgan_mm.FramePairDataset',
    source=dict(type='kpgan_mm.PuppetFrames', num_videos=1, num_frames=3),
    prior=prior,
    metainfo=dataset_info,
    pipeline=[dict(type='kpgan_mm.LoadFramePair'), *crop, dict(type='kpgan_mm.PackPairInputs')],
))
val_dataloader = dict(dataset=dict(
    type='kpgan_mm.PosePriorDataset', prior=prior, metainfo=dataset_info, num_held_out=2, test_mode=True))
test_dataloader = dict(dataset=dict(
    type='kpgan_mm.PuppetDataset', num_videos=1, num_frames=3, test_mode=True,
    pipeline=[dict(type='LoadImage'), *crop, dict(type='PackPoseInputs')],
))
"""


@pytest.fixture
def config_file(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text(CONFIG)
    return str(path)


@pytest.mark.parametrize(('phase', 'rows', 'columns'), [('train', 3, 2), ('val', 1, 2), ('test', 2, 2)])
def test_rows_of_each_kind_of_set(config_file, tmp_path, phase, rows, columns):
    out = tmp_path / 'out' / 'dataset.png'
    TOOL['main']([config_file, '--phase', phase, '--number', '2', '--out', str(out)])
    assert cv2.imread(str(out)).shape == (rows * 132 + 4, 128 + columns * 132, 3)


def test_says_what_is_wrong(config_file, tmp_path):
    with pytest.raises(SystemExit, match='at least 1'):
        TOOL['main']([config_file, '--number', '0'])
    with pytest.raises(SystemExit, match='no train_dataloader'):
        (tmp_path / 'empty.py').write_text('default_scope = "mmpose"')
        TOOL['main']([str(tmp_path / 'empty.py')])
    with pytest.raises(SystemExit, match='nothing.py'):
        TOOL['main']([str(tmp_path / 'nothing.py')])
    with pytest.raises(SystemExit, match='error: nowhere.npz'):
        prior = 'train_dataloader.dataset.prior.file=nowhere.npz'
        TOOL['main']([config_file, '--cfg-options', prior, 'train_dataloader.dataset.prior.type=kpgan_mm.NpzPosePrior'])
    with pytest.raises(SystemExit, match='cannot be written'):
        TOOL['main']([config_file, '--phase', 'val', '--number', '1', '--out', str(tmp_path / 'picture.unknown')])


def test_help(capsys):
    with pytest.raises(SystemExit) as ended:
        TOOL['main'](['--help'])
    assert ended.value.code == 0 and '--phase' in capsys.readouterr().out
