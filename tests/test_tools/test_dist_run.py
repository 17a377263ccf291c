"""tools/dist_train.sh and dist_test.sh: what they say, what they start, and what is left when a process is killed."""

import json
import os
import pickle
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config

from kpgan_mm.utils.cli import run_tool
from kpgan_mm.utils.config import ConfigError, load_config
from tests.processes import run_processes
from tests.small_runs import puppet_config
from tests.toys import ROOT, load_tool

dist_run = load_tool('dist_run')


class TestSentences:
    @pytest.fixture(autouse=True)
    def nothing_is_started(self, monkeypatch):
        for name in ('NNODES', 'NODE_RANK', 'MASTER_ADDR', 'PORT'):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(dist_run, 'launch', lambda *arguments: pytest.fail('started'))

    def error(self, capsys, *arguments):
        assert dist_run.main(list(arguments)) == 2
        text = capsys.readouterr().err
        assert text.startswith('error: ') and text.count('\n') == 1
        return text

    def test_help(self, capsys):
        assert dist_run.main(['test', '--help']) == 0
        text = capsys.readouterr().out
        assert 'usage: tools/dist_test.sh CONFIG CHECKPOINT N' in text and 'NNODES' in text
        assert dist_run.main(['train']) == 2
        assert 'usage: tools/dist_train.sh CONFIG N' in capsys.readouterr().err

    def test_by_the_scripts(self):
        for tool in ('train', 'test'):
            script = [ROOT / 'tools' / f'dist_{tool}.sh', '--help']
            done = subprocess.run(script, env={**os.environ, 'PYTHON': sys.executable}, capture_output=True, text=True)
            assert done.returncode == 0 and f'usage: tools/dist_{tool}.sh' in done.stdout

    def test_arguments(self, capsys):
        config = str(ROOT / 'configs' / 'kpgan_puppets.py')
        assert 'N is missing' in self.error(capsys, 'train', config)
        assert 'CHECKPOINT is missing' in self.error(capsys, 'test', config)
        assert 'There is no configuration no.py' in self.error(capsys, 'train', 'no.py', '2')
        assert "number of at least 1, got '--resume'" in self.error(capsys, 'train', config, '--resume', '2')
        assert "got '0'" in self.error(capsys, 'test', config, 'x.pth', '0')

    def test_more_processes_than_gpus(self, capsys, monkeypatch):
        monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
        text = self.error(capsys, 'train', str(ROOT / 'configs' / 'kpgan_puppets.py'), '4')
        assert '4 processes need 4 GPUs, and this machine has 2: take N=2' in text

    def test_machines(self):
        assert dist_run.machines({}) == ['--standalone']
        one = ['--nnodes', '1', '--node-rank', '0', '--master-addr', '127.0.0.1', '--master-port', '4000']
        assert dist_run.machines({'PORT': '4000'}) == one
        two = ['--nnodes', '2', '--node-rank', '1', '--master-addr', 'first', '--master-port', '29500']
        assert dist_run.machines({'NNODES': '2', 'NODE_RANK': '1', 'MASTER_ADDR': 'first'}) == two

    @pytest.mark.parametrize(
        ('variables', 'said'),
        [
            (dict(NNODES='two'), "NNODES must be a number, got 'two'"),
            (dict(NODE_RANK='1'), 'less than NNODES=1, got 1'),
            (dict(NNODES='2', NODE_RANK='0'), 'need MASTER_ADDR'),
            (dict(NNODES='2', MASTER_ADDR='first'), 'need NODE_RANK'),
        ],
    )
    def test_machines_that_do_not_fit(self, variables, said):
        with pytest.raises(dist_run.UsageError, match=said):
            dist_run.machines(variables)


def test_cores_are_shared(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: set(range(8)))
    monkeypatch.delenv('OMP_NUM_THREADS', raising=False)
    monkeypatch.setenv('MKL_NUM_THREADS', '5')
    dist_run.check_gpus(3)
    assert (os.environ.pop('OMP_NUM_THREADS'), os.environ['MKL_NUM_THREADS']) == ('2', '5')


def failure(exitcode, message='', timestamp=0):
    return SimpleNamespace(exitcode=exitcode, pid=7, timestamp=timestamp, error_file_data={'message': message})


class TestDescribe:
    def test_the_cause_comes_first(self):
        killed, hung_up, said = failure(-9, timestamp=5), failure(1, timestamp=5), failure(2, {'message': 'X: y'}, 9)
        assert dist_run.first_failure({0: hung_up, 1: killed}) == (1, killed)
        assert dist_run.first_failure({0: failure(-15), 1: hung_up}) == (1, hung_up)
        assert dist_run.first_failure({0: hung_up, 3: said}) == (3, said)

    def test_sentences(self):
        text = dist_run.describe('train', 1, failure(-9))
        assert text.startswith('process 1 (pid 7) was killed by SIGKILL')
        assert text.endswith('--resume goes on from there.')
        assert 'exit status 1; what it said stands above' in dist_run.describe('test', 0, failure(1))
        assert 'goes on' not in dist_run.describe('train', 0, failure(2))

    def test_what_a_tool_says_is_said_once(self, tmp_path, monkeypatch, capsys):
        """A process of several leaves its sentence to the launcher."""

        def refuse(_args):
            raise ConfigError('There is: no cat.')

        monkeypatch.setenv('TORCHELASTIC_ERROR_FILE', str(tmp_path / 'error.json'))
        assert run_tool(refuse, SimpleNamespace(local_rank=0, trust_checkpoint=False)) == 2
        assert capsys.readouterr().err == ''
        said = failure(2)
        said.error_file_data = json.loads((tmp_path / 'error.json').read_text())
        assert dist_run.describe('train', 0, said) == 'There is: no cat.'


KILLER = """
import os, signal
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from kpgan_mm.registry import HOOKS

@HOOKS.register_module()
class Killer(Hook):
    '''The second process, if asked for, is killed after the fifth iteration.'''

    priority = 'LOWEST'

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if 'KILL' in os.environ and get_rank() == 1 and runner.iter + 1 == 5:
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    """A folder with main.py, a small KeypointGAN that asks for stage.py, and a hook that kills."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    Path('killer.py').write_text(textwrap.dedent(KILLER))
    cfg = puppet_config(tmp_path / 'unused', 6)
    stage = load_config(ROOT / 'configs' / 'regressor_puppets.py')
    for one in (cfg, stage):
        for key in ('work_dir', 'experiment_name'):
            one.pop(key, None)
        one.visualizer.name = 'visualizer'
        one.log_level = 'ERROR'
        one.default_hooks.logger.interval = 1
    cfg.custom_imports.imports = ['kpgan_mm', 'killer']
    cfg.custom_hooks = [*cfg.custom_hooks, dict(type='kpgan_mm.Killer')]
    cfg.model.reconstruction_loss.extractor = dict(type='kpgan_mm.ImagePyramid', num_levels=2)
    cfg.model.head.regressor = stage.model.head.regressor = dict(type='kpgan_mm.KeypointRegressor', base_channels=2)
    cfg.regressor_pretraining = 'stage.py'
    cfg.dump('main.py')
    for loader in (stage.train_dataloader, stage.val_dataloader):
        loader.update(batch_size=2)
        loader.dataset.prior.num_poses = 20
        loader.dataset.num_held_out = 5
    stage.val_evaluator = stage.test_evaluator = [dict(type='EPE')]
    stage.train_cfg.update(max_iters=2, val_interval=2)
    stage.default_hooks.checkpoint.interval = 2
    stage.dump('stage.py')
    return tmp_path


def tool(name: str, *arguments: str) -> None:
    """Run a tool in a process of `run_processes`."""
    module = load_tool(name)
    assert module.run_tool(getattr(module, name), module.parse_args([*arguments, '--launcher', 'pytorch'])) == 0


def scalars(folder: str) -> list[str]:
    return [line for file in Path(folder).glob('*/vis_data/scalars.json') for line in file.read_text().splitlines()]


@pytest.mark.parametrize(('launcher', 'goes_down'), [('pytorch', False), ('none', True)])
def test_one_of_several_leaves_at_once_with_its_status(launcher, goes_down):
    """Without the end of the interpreter, which gloo's threads may make an abort of; what was said is there."""
    script = f"""
import atexit
from argparse import Namespace
from kpgan_mm.utils.cli import leave
atexit.register(print, 'going down')
print('said', end=' ')
leave(3, Namespace(launcher={launcher!r}))
"""
    done = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True)
    assert done.returncode == 3
    assert done.stdout == 'said ' + 'going down\n' * goes_down


@pytest.mark.dist
def test_a_killed_process_ends_the_training_and_it_goes_on(experiment):
    def start(*arguments, **variables):
        environment = {
            **os.environ,
            **variables,
            'PYTHON': sys.executable,
            'PYTHONPATH': f'{experiment}:{ROOT}',
            'CUDA_VISIBLE_DEVICES': '',
        }
        command = [ROOT / 'tools' / 'dist_train.sh', 'main.py', '2', '--work-dir', 'parts', *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    killed = start(KILL='1')
    ended = time.time()
    assert killed.returncode == 1
    last = killed.stderr.splitlines()[-1]
    assert last.startswith('error: process 1 (pid ') and 'was killed by SIGKILL' in last and '--resume' in last
    assert ended - max(file.stat().st_mtime for file in Path('parts').glob('*/vis_data/scalars.json')) < 60
    assert Path('parts/last_checkpoint').read_text().endswith('iter_4.pth')
    assert killed.stdout.count('First the regressor (stage.py)') == 1

    resumed = start('--resume')
    assert resumed.returncode == 0, resumed.stderr
    assert 'First the regressor' not in resumed.stdout
    assert resumed.stdout.count('Checkpoint: ') == 1

    run_processes(2, tool, 'train', 'main.py', '--work-dir', 'whole')
    for file in ('regressor/regressor.pth', 'iter_6.pth'):
        whole, parts = (torch.load(Path(run, file), weights_only=True) for run in ('whole', 'parts'))
        for name, values in whole['state_dict'].items():
            assert torch.equal(values.nan_to_num(), parts['state_dict'][name].nan_to_num()), (file, name)
    # By one process: a line an iteration, a file of each kind, a sheet of the end.
    assert len([line for line in scalars('whole') if 'generator/loss' in line]) == 6
    assert len([line for line in scalars('whole/regressor') if 'regressor/loss' in line]) == 2
    assert len(list(Path('whole').glob('*/*.log'))) == 1
    assert [file.name for file in Path('whole/contact_sheets').iterdir()] == ['iter_000006.jpg']


@pytest.mark.dist
def test_two_processes_test_as_one(experiment):
    """Three images and a fit to seven; metrics, predictions and pictures."""
    cfg = Config.fromfile('main.py')
    cfg.pop('regressor_pretraining')
    cfg.test_dataloader.batch_size = 1
    cfg.test_cfg.fit_dataloader.dataset.update(num_videos=1, num_frames=7)
    cfg.test_evaluator = [*cfg.test_evaluator, dict(type='kpgan_mm.KeypointRegressionMetric')]
    cfg.dump('main.py')
    short = ('--cfg-options', 'train_cfg.max_iters=2')
    run_processes(1, tool, 'train', 'main.py', '--work-dir', 'w', *short)
    for number in (1, 2):
        files = (
            '--out',
            f'{number}.json',
            '--dump',
            f'{number}.pkl',
            '--work-dir',
            f't{number}',
            '--show-dir',
            'shown',
        )
        run_processes(number, tool, 'test', 'main.py', 'w/iter_2.pth', *files)
    one, two = (json.loads(Path(f'{number}.json').read_text()) for number in (1, 2))
    assert 'keypointgan_regression/error' in one
    assert one == pytest.approx(two, rel=1e-5, nan_ok=True)
    first, second = (pickle.loads(Path(f'{number}.pkl').read_bytes()) for number in (1, 2))
    assert len(first) == len(second) == 3
    for a, b in zip(first, second, strict=True):
        assert np.allclose(a['pred_instances']['keypoints'], b['pred_instances']['keypoints'], atol=1e-3)
    # MMPose's visualiser draws in the first process, which has the first and the last of them.
    names = [sorted(file.name for file in Path(f't{number}').glob('*/shown/*')) for number in (1, 2)]
    assert names == [['000000.png', '000001.png', '000002.png'], ['000000.png', '000002.png']]
