import json
import runpy
from pathlib import Path

import cv2
import pytest

TOOL = runpy.run_path(str(Path(__file__).parents[2] / 'tools' / 'analysis_tools' / 'plot_logs.py'))
RECORDS = [
    {'generator/loss': 2.0, 'discriminator/loss': 0.5, 'generator.lr': 2e-4, 'time': 0.1, 'iter': 50, 'step': 50},
    {'keypointgan/error': 9.0, 'step': 100},
    {'generator/loss': 1.0, 'discriminator/loss': 0.4, 'generator.lr': 2e-4, 'time': 0.1, 'iter': 100, 'step': 100},
]


@pytest.fixture
def work_dir(tmp_path):
    for run in ('20240101_000000', '20240102_000000'):
        folder = tmp_path / 'run' / run / 'vis_data'
        folder.mkdir(parents=True)
        (folder / 'scalars.json').write_text('\n'.join(json.dumps(record) for record in RECORDS))
    return tmp_path / 'run'


def test_read_log(work_dir):
    path = TOOL['find_log'](str(work_dir))
    assert '20240102' in str(path)
    assert TOOL['find_log'](str(path)) == path
    curves = TOOL['read_log'](path)
    assert set(curves) == {'generator/loss', 'discriminator/loss', 'generator.lr', 'keypointgan/error'}
    assert curves['generator/loss'] == [(50, 2.0), (100, 1.0)]
    assert curves['keypointgan/error'] == [(100, 9.0)]


def test_panels():
    panel_of = TOOL['panel_of']
    assert panel_of('generator/loss_a') == panel_of('generator/loss') == 'generator'
    assert panel_of('generator.lr') == panel_of('lr') == 'learning rate'
    assert panel_of('loss_keypoints') == 'loss'
    assert panel_of('grad_norm') == 'grad_norm'
    assert panel_of('keypointgan/correct_sides') == 'keypointgan/correct_sides'


def test_draws_one_picture(work_dir, tmp_path, capsys):
    out = tmp_path / 'curves.png'
    TOOL['main']([str(work_dir), '--out', str(out)])
    whole = cv2.imread(str(out)).shape
    assert 'generator, discriminator, keypointgan, learning rate' in capsys.readouterr().out
    TOOL['main']([str(work_dir), str(work_dir), '--keys', 'error', '--out', str(out)])
    assert cv2.imread(str(out)).shape[0] < whole[0]


def test_says_what_is_wrong(work_dir, tmp_path):
    with pytest.raises(SystemExit, match='neither a log nor a work directory'):
        TOOL['main']([str(tmp_path / 'nothing')])
    with pytest.raises(SystemExit, match='there are: discriminator/loss, '):
        TOOL['main']([str(work_dir), '--keys', 'unheard-of'])
    broken = tmp_path / 'scalars.json'
    broken.write_text('{"step": 1}\n{"loss"')
    with pytest.raises(SystemExit, match='line 2 is not a record'):
        TOOL['main']([str(broken)])


def test_help(capsys):
    with pytest.raises(SystemExit) as ended:
        TOOL['main'](['--help'])
    assert ended.value.code == 0 and '--keys' in capsys.readouterr().out
