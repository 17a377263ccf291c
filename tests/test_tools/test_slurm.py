"""tools/slurm_train.sh and slurm_test.sh: what they ask of slurm. A stand-in for srun writes it down."""

import os
import subprocess

import pytest

from tests.toys import ROOT


@pytest.fixture
def slurm(tmp_path):
    """Runs one of the scripts with a srun that writes down what it gets, or without any."""
    program = tmp_path / 'srun'
    program.write_text('#!/bin/sh\necho "port $MASTER_PORT"\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    (tmp_path / 'config.py').write_text('')

    def run(tool, *arguments, has_srun=True, **variables):
        path = f'{tmp_path}:{os.environ["PATH"]}' if has_srun else os.environ['PATH']
        environment = {'PATH': path, 'PYTHON': 'python3', **variables}
        script = [ROOT / 'tools' / f'slurm_{tool}.sh', *arguments]
        return subprocess.run(script, env=environment, cwd=tmp_path, capture_output=True, text=True)

    return run


def test_train(slurm):
    done = slurm('train', 'gpus', 'mine', 'config.py', 'w', '--amp', PORT='4000', GPUS='16', SRUN_ARGS='--time=1 -x a')
    assert done.stdout.splitlines() == [
        'port 4000', '-p', 'gpus', '--job-name=mine', '--ntasks=16', '--cpus-per-task=5', '--gres=gpu:8',
        '--ntasks-per-node=8', '--kill-on-bad-exit=1', '--time=1', '-x', 'a', 'python3', '-u',
        f'{ROOT}/tools/train.py', 'config.py', '--work-dir', 'w', '--launcher', 'slurm', '--amp',
    ]  # fmt: skip


def test_test(slurm):
    lines = slurm('test', 'gpus', 'mine', 'config.py', 'w.pth', GPUS='2').stdout.splitlines()
    assert {'--ntasks=2', '--gres=gpu:2', '--ntasks-per-node=2'} < set(lines)
    assert lines[-5:] == [f'{ROOT}/tools/test.py', 'config.py', 'w.pth', '--launcher', 'slurm']
    assert 20000 <= int(lines[0].removeprefix('port ')) < 40000
    lines = slurm('test', 'cpus', 'mine', 'config.py', 'w.pth', GPUS_PER_NODE='0').stdout.splitlines()
    assert '--ntasks=8' in lines and not any('gpu:' in line or 'per-node' in line for line in lines)


@pytest.mark.parametrize(
    ('arguments', 'variables', 'said'),
    [
        (['p', 'n'], {}, 'CONFIG is missing: tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR'),
        (['p', 'n', 'no.py', 'w'], {}, 'There is no configuration no.py'),
        (['p', 'n', 'config.py', 'w'], {'GPUS': 'all'}, "The environment variable GPUS must be a number, got 'all'"),
        (['p', 'n', 'config.py', 'w'], {'has_srun': False}, 'srun is not there'),
    ],
)
def test_sentences(slurm, arguments, variables, said):
    done = slurm('train', *arguments, **variables)
    assert done.returncode == 2
    assert done.stderr.startswith(f'error: {said}') and done.stderr.count('\n') == 1


def test_help(slurm):
    assert 'usage: tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT' in slurm('test', '--help').stdout
    assert slurm('train').returncode == 2
