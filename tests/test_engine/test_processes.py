"""How a process finds the others, by the variables of each launcher."""

import os

import pytest
import torch

from kpgan_mm.engine import join_processes
from kpgan_mm.utils.config import ConfigError
from tests.processes import run_processes


@pytest.mark.parametrize(
    ('launcher', 'name'), [('pytorch', 'RANK'), ('slurm', 'SLURM_PROCID'), ('mpi', 'OMPI_COMM_WORLD_RANK')]
)
def test_without_a_launcher(monkeypatch, launcher, name):
    monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match=f'{name} is not set: start it with tools/dist_train.sh'):
        join_processes(launcher)


def test_alone():
    join_processes('none')
    assert not torch.distributed.is_initialized()


def under_slurm(folder: str) -> None:
    rank, port = os.environ['RANK'], os.environ['MASTER_PORT']
    for name in ('RANK', 'LOCAL_RANK', 'WORLD_SIZE', 'MASTER_ADDR'):
        del os.environ[name]
    os.environ.update(SLURM_PROCID=rank, SLURM_LOCALID='0', SLURM_NTASKS='2', SLURM_NODELIST='local[1-2]')
    os.environ.update(MASTER_PORT=port, PATH=f'{folder}:{os.environ["PATH"]}')
    join_processes('slurm', dict(dist_cfg=dict(backend='nccl', timeout=60)))
    assert (os.environ['RANK'], os.environ['WORLD_SIZE'], os.environ['LOCAL_RANK']) == (rank, '2', '0')
    assert os.environ['MASTER_ADDR'] == '127.0.0.1'
    assert torch.distributed.get_backend() == 'gloo'
    join_processes('slurm')  # a second time it does nothing
    values = torch.tensor([1 + int(rank)])
    torch.distributed.all_reduce(values)
    assert values == 3


@pytest.mark.dist
def test_slurm(tmp_path):
    """A stand-in for slurm's own program says which machine is the first."""
    program = tmp_path / 'scontrol'
    program.write_text('#!/bin/sh\n[ "$*" = "show hostnames local[1-2]" ] && echo 127.0.0.1 && echo 127.0.0.2\n')
    program.chmod(0o755)
    run_processes(2, under_slurm, str(tmp_path))
