import io
import json
import shutil
import textwrap

import pytest
from rich.console import Console

from tests.toys import ROOT, load_tool

TRAIN = """
import json, pathlib, sys
config, work_dir = sys.argv[1], pathlib.Path(sys.argv[sys.argv.index('--work-dir') + 1])
if 'model.pool_size=13' in sys.argv:
    sys.exit('error: an unlucky number')
assert '--resume' in sys.argv and '--amp' in sys.argv
stage = work_dir / 'regressor'
stage.mkdir(exist_ok=True)
if not (stage / 'regressor.pth').is_file():
    (stage / 'regressor.pth').write_text('trained by ' + work_dir.name)
(work_dir / 'time' / 'vis_data').mkdir(parents=True, exist_ok=True)
(work_dir / 'time' / 'vis_data' / 'scalars.json').write_text(json.dumps(dict(iter=20, time=3.0)))
print('Iter(train) [20/20]  lr: 1.0e-03  eta: 0:00:01  time: 0.1  loss: 1.5000')
if not (work_dir / 'iter_20.pth').exists():
    (work_dir / 'iter_20.pth').write_text('weights')
    (work_dir / 'last_checkpoint').write_text(str(work_dir / 'iter_20.pth'))
"""
TEST = """
import json, sys
work_dir = sys.argv[sys.argv.index('--work-dir') + 1]
assert sys.argv[2] == work_dir + '/iter_20.pth'
seed = [int(word.split('=')[1]) for word in sys.argv if word.startswith('randomness.seed=')][0]
figures = {'keypointgan/error': 3.0 + seed, 'keypointgan/mean_prior_error': 8.0}
json.dump(figures, open(sys.argv[sys.argv.index('--out') + 1], 'w'))
"""
BENCHMARK = f"""
    title = 'Two rows'
    figures = {{'error, %': 'keypointgan/error'}}
    flags = ['--amp']
    experiments = {{
        'good': dict(config='{ROOT}/configs/kpgan_puppets.py'),
        'bad': dict(config='{ROOT}/configs/kpgan_puppets.py', options={{'model.pool_size': 13}}),
        'alike': dict(config='{ROOT}/configs/kpgan_puppets.py', options={{'model.pool_size': 7}}),
    }}
    """


@pytest.fixture
def call(tmp_path):
    """Calls the tool on stand-ins for train.py and test.py; gives its status and what it printed."""
    tool = load_tool('benchmark')
    (tmp_path / 'rows.py').write_text(textwrap.dedent(BENCHMARK))
    for name, text in (('train', TRAIN), ('test', TEST)):
        (tmp_path / f'{name}.py').write_text(text)

    def call(*arguments):
        output = io.StringIO()
        paths = ['--results', 'results', '--table', 'table.md', '--work-dir', 'work']
        paths = [word if word.startswith('-') else str(tmp_path / word) for word in paths]
        console = Console(file=output, width=300)
        return tool.main([str(tmp_path / 'rows.py'), *paths, *arguments], tools=tmp_path, console=console), (
            output.getvalue()
        )

    return call


def test_runs_what_is_missing_and_keeps_the_rest(call, tmp_path, capsys):
    status, output = call('--seeds', '0', '1', '--only', 'good')
    assert status == 0 and f'Table: {tmp_path}/table.md' in output
    files = sorted((tmp_path / 'results').iterdir())
    first = json.loads(files[0].read_text())
    assert [file.stem[-5:] for file in files] == ['seed0', 'seed1']
    assert first['minutes'] == dict(training=1.0, regressor=0.0) and first['iterations'] == 20
    assert first['config'] == 'configs/kpgan_puppets.py' and first['protocols'] == ['keypointgan']
    assert {'commit', 'machine', 'torch', 'config_hash', 'options'} <= set(first)
    assert '| good | 3.500 ± 0.707 | 0, 1 |' in (tmp_path / 'table.md').read_text()

    before = [file.stat().st_mtime_ns for file in files]
    status, output = call('--seeds', '0', '1', '2', '--only', 'good')
    assert output.count('measured before') == 2 and len(list((tmp_path / 'results').iterdir())) == 3
    assert [file.stat().st_mtime_ns for file in files] == before


def test_a_failure_does_not_stop_the_others(call, tmp_path, capsys):
    status, _ = call('--jobs', '2')
    assert status == 1
    assert 'bad, seed 0: train.py' in capsys.readouterr().err
    table = (tmp_path / 'table.md').read_text()
    assert '| good | 3.000 | 0 |' in table and '| alike | 3.000 | 0 |' in table and '| bad | - | not run |' in table


def test_copied_runs_are_tested_with_their_own_checkpoints(call, tmp_path):
    assert call('--only', 'good', '--work-dir', str(tmp_path / 'original'))[0] == 0
    shutil.copytree(tmp_path / 'original', tmp_path / 'work')
    shutil.rmtree(tmp_path / 'results')
    assert call('--only', 'good')[0] == 0


def test_a_training_without_a_checkpoint_is_a_failure(call, tmp_path, capsys):
    train = tmp_path / 'train.py'
    train.write_text(train.read_text().replace("if not (work_dir / 'iter_20.pth').exists():", 'if False:'))
    assert call('--only', 'good')[0] == 1
    assert 'error: good, seed 0: the training left no checkpoint in ' in capsys.readouterr().err


def test_a_common_regressor_is_trained_once(call, tmp_path):
    call('--only', 'good', 'alike')
    regressors = sorted(tmp_path.glob('work/kpgan_puppets_*/regressor/regressor.pth'))
    assert len(regressors) == 2 and len({file.read_text() for file in regressors}) == 1


def test_half_a_copy_is_not_shared(tmp_path, monkeypatch):
    tool = load_tool('benchmark')
    own, shared = tmp_path / 'own', tmp_path / 'regressors' / 'a_seed0'
    scalars = own / 'time' / 'vis_data' / 'scalars.json'
    scalars.parent.mkdir(parents=True)
    scalars.write_text('{}')
    (own / 'regressor.pth').write_text('weights')
    with monkeypatch.context() as patch:

        def interrupted(source, target):
            target.write_text('wei')
            raise KeyboardInterrupt

        patch.setattr(tool.shutil, 'copyfile', interrupted)
        with pytest.raises(KeyboardInterrupt):
            tool.share(own, shared)
    assert list(shared.parent.iterdir()) == []
    tool.share(own, shared)
    assert (shared / 'regressor.pth').read_text() == 'weights'
    assert (shared / 'time' / 'vis_data' / 'scalars.json').is_file()
    # Whoever comes second leaves what is there.
    (own / 'regressor.pth').write_text('others')
    tool.share(own, shared)
    assert (shared / 'regressor.pth').read_text() == 'weights' and len(list(shared.parent.iterdir())) == 1


def test_table_only(call, tmp_path):
    status, _ = call('--table-only')
    assert status == 0 and not (tmp_path / 'work').exists()
    assert '| good | - | not run |' in (tmp_path / 'table.md').read_text()


def test_unknown_names(call, capsys):
    assert call('--only', 'best')[0] == 2
    assert '--only names best, but' in capsys.readouterr().err
    assert call('--jobs', '0')[0] == 2


def test_values_as_arguments():
    as_argument = load_tool('benchmark').as_argument
    assert as_argument([1, (2, 'x')]) == '[1,[2,x]]' and as_argument(True) == 'True' and as_argument(0.5) == '0.5'


def test_where_the_data_lie_is_not_written_down(call, tmp_path):
    assert call('--only', 'good', '--cfg-options', f'data_root={tmp_path}')[0] == 0
    result = next((tmp_path / 'results').iterdir()).read_text()
    assert str(tmp_path) not in result and 'randomness.seed' in json.loads(result)['options']
