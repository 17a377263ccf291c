"""Two processes with half the batch each train, evaluate and resume as one process with the whole batch does."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import find_latest_checkpoint

from kpgan_mm.engine import ProcessRunner
from kpgan_mm.models import KeypointGAN
from kpgan_mm.utils.checkpoint import load_from_local
from tests.processes import run_processes
from tests.small_runs import puppet_config

pytestmark = pytest.mark.dist


class DoubleRunner(ProcessRunner):
    """All weights and buffers in double precision."""

    def build_model(self, model):
        return super().build_model(model).double()


def _halved(value):
    """A configuration for 64 pixels to one for 32."""
    if isinstance(value, dict):
        return {key: 32 if key == 'image_size' else _halved(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return (32, 32) if list(value) == [64, 64] else type(value)(_halved(item) for item in value)
    return value


def small_config(work_dir: Path, config: str, processes: int, max_iters: int, **changes) -> Config:
    """Four samples an iteration, and three to validate with at the end, which do not divide by two."""
    cfg = puppet_config(work_dir, max_iters, config, **changes)
    cfg = Config(_halved(cfg.to_dict()))
    cfg.model.reconstruction_loss.extractor = dict(type='kpgan_mm.ImagePyramid', num_levels=2)
    if 'discriminator' in cfg.model:
        cfg.model.discriminator.num_scales = 2
    cfg.custom_hooks = [hook for hook in cfg.custom_hooks if 'Contact' not in hook['type']]
    cfg.train_dataloader.batch_size = 4 // processes
    cfg.train_cfg.val_interval = max_iters
    cfg.default_hooks.checkpoint.interval = 10
    cfg.launcher = 'none' if processes == 1 else 'pytorch'
    return cfg


def run(work_dir: Path, config: str, processes: int, max_iters: int, changes: dict) -> None:
    """Train in double precision; in a process of its own, for float32 is to be nowhere."""
    work_dir.mkdir(exist_ok=True)
    os.chdir(work_dir)  # MMEngine gathers by files here
    torch.Tensor.float = torch.Tensor.double
    torch.set_default_dtype(torch.float64)
    prior_keypoints = KeypointGAN._prior_keypoints
    KeypointGAN._prior_keypoints = staticmethod(lambda samples: prior_keypoints(samples).double())
    DoubleRunner.from_cfg(small_config(work_dir, config, processes, max_iters, **changes)).train()


def trained(work_dir: Path, config: str, processes: int, max_iters: int = 20, **changes) -> tuple[dict, dict]:
    """The last checkpoint of a run, and what it was validated with."""
    run_processes(processes, run, work_dir, config, processes, max_iters, changes)
    lines = [line for file in work_dir.glob('*/vis_data/scalars.json') for line in file.read_text().splitlines()]
    metrics = [entry for entry in map(json.loads, lines) if any('error' in name for name in entry)]
    assert len(metrics) == len(set(map(str, metrics))), 'written once'
    return load_from_local(find_latest_checkpoint(str(work_dir)), map_location='cpu'), metrics[-1]


def assert_close(first: tuple[dict, dict], second: tuple[dict, dict]) -> None:
    """Weights, buffers, optimisers' states to 1e-6, and metrics to 1e-4 of their value."""
    for part in ('state_dict', 'optimizer'):
        compare(first[0][part], second[0][part], part)
    assert first[1].keys() == second[1].keys()
    for name in first[1].keys() - {'time', 'data_time'}:
        assert np.isclose(first[1][name], second[1][name], rtol=1e-4, equal_nan=True), name


def compare(first, second, where: str) -> None:
    """Nested containers of tensors and numbers."""
    if isinstance(first, dict):
        assert first.keys() == second.keys(), where
        for key in first:
            compare(first[key], second[key], f'{where}.{key}')
    elif isinstance(first, torch.Tensor):
        assert first.dtype == second.dtype and first.shape == second.shape, where
        difference = (first.double() - second.double()).abs().nan_to_num()
        assert not difference.numel() or difference.max() < 1e-6, f'{where}: {difference.max()}'
    elif isinstance(first, (list, tuple)):
        for number, (a, b) in enumerate(zip(first, second, strict=True)):
            compare(a, b, f'{where}.{number}')


@pytest.mark.parametrize('config', ['kpgan_puppets', 'autolink_puppets', 'imm_puppets'])
def test_two_processes_equal_one(tmp_path, config):
    one = trained(tmp_path / 'one', config, 1)
    two = trained(tmp_path / 'two', config, 2)
    if config == 'imm_puppets':
        # A map to labels from keypoints that hardly differ yet hangs on the last digit of float32.
        for _checkpoint, metrics in (one, two):
            for name in [name for name in metrics if 'mean_pose' not in name]:
                del metrics[name]
    assert_close(one, two)
    # Files are written by one of the two: a dumped configuration, two checkpoints, and where the last one is.
    assert sorted(path.suffix for path in (tmp_path / 'two').iterdir() if path.is_file()) == ['', '.pth', '.pth', '.py']
    if config == 'kpgan_puppets':
        assert one[0]['state_dict']['pool.count'] == 5
        # Checkpoints of two go on in one, and those of one in two.
        first = str(tmp_path / 'two' / 'iter_10.pth')
        assert_close(one, trained(tmp_path / 'two_one', config, 1, resume=True, load_from=first))
        first = str(tmp_path / 'one' / 'iter_10.pth')
        assert_close(one, trained(tmp_path / 'one_two', config, 2, resume=True, load_from=first))
