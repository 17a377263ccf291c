"""Joining the other processes of a training or a test, with and without accelerators."""

import datetime
import os
import subprocess

import torch.distributed
from mmengine.device import get_device
from mmengine.dist import init_dist, is_distributed
from mmengine.utils.dl_utils import set_multi_processing

from kpgan_mm.utils.config import ConfigError

# How each launcher names this process's number, its number on this machine, and how many there are.
_NAMES = dict(
    pytorch=('RANK', 'LOCAL_RANK', 'WORLD_SIZE'),
    slurm=('SLURM_PROCID', 'SLURM_LOCALID', 'SLURM_NTASKS'),
    mpi=('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_LOCAL_RANK', 'OMPI_COMM_WORLD_SIZE'),
)


def join_processes(launcher: str, env_cfg: dict | None = None) -> None:
    """Join the other processes, before anything is read or written that they share; does nothing a second time.

    On accelerators this is MMEngine's ``init_dist`` with the configuration's backend. Without one it is gloo: MMEngine
    sets a CUDA device in any case, which fails there.

    Args:
        launcher (str): ``'none'``, ``'pytorch'`` (torchrun), ``'slurm'`` or ``'mpi'``.
        env_cfg (dict, optional): the configuration's, with ``mp_cfg`` and ``dist_cfg``.

    Raises:
        ConfigError: if the launcher's environment variables are not there.
    """
    if launcher == 'none' or is_distributed():
        return
    missing = [name for name in _NAMES[launcher] if name not in os.environ]
    if missing:
        raise ConfigError(
            f'--launcher {launcher} needs the environment variables {", ".join(_NAMES[launcher])}, and '
            f'{missing[0]} is not set: start it with tools/dist_train.sh, tools/dist_test.sh or '
            'tools/slurm_train.sh.'
        )
    env_cfg = env_cfg or {}
    # Before the process group's threads are there, as MMEngine does.
    set_multi_processing(**env_cfg.get('mp_cfg', {}), distributed=True)
    options = {'backend': 'nccl', **env_cfg.get('dist_cfg', {})}
    if get_device() == 'cpu':
        _join_on_cpu(launcher, options.get('timeout'))
    else:
        init_dist(launcher, **options)


def _join_on_cpu(launcher: str, timeout: float | None) -> None:
    for name, value in zip(_NAMES['pytorch'], _NAMES[launcher], strict=True):
        os.environ[name] = os.environ[value]
    if launcher == 'slurm' and 'MASTER_ADDR' not in os.environ:
        nodes = os.environ.get('SLURM_NODELIST', '')
        listed = subprocess.run(['scontrol', 'show', 'hostnames', nodes], capture_output=True, text=True, check=True)
        os.environ['MASTER_ADDR'] = listed.stdout.split()[0]
    os.environ.setdefault('MASTER_ADDR', '127.0.0.1')
    os.environ.setdefault('MASTER_PORT', '29500')
    limits = {} if timeout is None else {'timeout': datetime.timedelta(seconds=timeout)}
    torch.distributed.init_process_group('gloo', **limits)
