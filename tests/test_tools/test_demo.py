import io
import json
import runpy
from pathlib import Path

import pytest
from rich.console import Console

DEMO = Path(__file__).parents[2] / 'tools' / 'demo.py'
TOOL = runpy.run_path(str(DEMO))
TRAIN = """
import pathlib, sys
config, _, work_dir = sys.argv[1:4]
work_dir = pathlib.Path(work_dir)
if 'broken' in config:
    print('error: a bad config')
    sys.exit(2)
for total in ([20, 40] if 'kpgan' in config else [40]):
    for iteration in range(10, total + 1, 10):
        print(f'Iter(train) [{iteration}/{total}]  lr: 1.0e-03  eta: 0:00:01  time: 0.1  loss: 1.5000')
(work_dir / 'contact_sheets').mkdir()
for name in ('iter_000020.jpg', 'iter_000040.jpg'):
    (work_dir / 'contact_sheets' / name).touch()
if 'forgetful' not in config:
    (work_dir / 'iter_40.pth').touch()
    (work_dir / 'last_checkpoint').write_text(str(work_dir / 'iter_40.pth'))
"""
TEST = """
import json, sys
config, checkpoint = sys.argv[1:3]
assert checkpoint.endswith('iter_40.pth')
error = 3.0 if 'kpgan' in config else 2.0
figures = {'keypointgan/error': error, 'keypointgan/mean_prior_error': 8.0}
json.dump(figures, open(sys.argv[sys.argv.index('--out') + 1], 'w'))
"""


@pytest.fixture
def tools(tmp_path):
    folder = tmp_path / 'tools'
    folder.mkdir()
    (folder / 'train.py').write_text(TRAIN)
    (folder / 'test.py').write_text(TEST)
    return folder


def run(tools, work_dir, config='kpgan.py', terminal=False):
    output = io.StringIO()
    console = Console(file=output, width=140, force_terminal=terminal)
    arguments = ['--config', config, '--supervised-config', 'supervised.py', '--work-dir', str(work_dir)]
    TOOL['main'](arguments, tools=tools, console=console)
    return output.getvalue()


def test_prints_progress_table_and_sheet(tools, tmp_path):
    output = run(tools, tmp_path / 'work')
    assert 'stage 1: 20/20' in output and 'stage 2: 40/40' in output and 'loss 1.5' in output
    rows = [line for line in output.splitlines() if '│' in line]
    cells = [[cell.strip() for cell in row.strip('│').split('│')] for row in rows]
    assert cells[0][:5] == ['KeypointGAN', '3.00', '0.38', 'no', '40 + 20 regressor']
    assert cells[1] == ['mean prior pose', '8.00', '1.00', 'no', '-', '-']
    assert cells[2][:5] == ['same network with labels', '2.00', '0.25', 'yes', '40']
    assert str(tmp_path / 'work' / 'kpgan' / 'contact_sheets' / 'iter_000040.jpg') in output
    assert 'Next:' in output
    assert json.loads((tmp_path / 'work' / 'kpgan' / 'test.json').read_text())['keypointgan/error'] == 3.0
    assert 'Iter(train)' in (tmp_path / 'work' / 'kpgan' / 'output.log').read_text()


def test_bars_on_a_terminal(tools, tmp_path):
    output = run(tools, tmp_path / 'work', terminal=True)
    assert '40/40' in output and '0:00:01 left' in output


def test_a_failing_tool_is_shown(tools, tmp_path):
    with pytest.raises(SystemExit, match=r'train.py .*broken.py failed(.|\n)*error: a bad config'):
        run(tools, tmp_path / 'work', config='broken.py')
    with pytest.raises(SystemExit, match='left no checkpoint'):
        run(tools, tmp_path / 'work2', config='kpgan_forgetful.py')


def test_the_checkpoint_is_looked_for_where_the_run_lies(tmp_path):
    (tmp_path / 'iter_40.pth').touch()
    (tmp_path / 'last_checkpoint').write_text('/before/it/was/moved/iter_40.pth')
    assert TOOL['Training'](tmp_path).checkpoint == str(tmp_path / 'iter_40.pth')


def test_help(capsys):
    with pytest.raises(SystemExit) as ended:
        TOOL['main'](['--help'])
    assert ended.value.code == 0 and '--supervised-config' in capsys.readouterr().out
