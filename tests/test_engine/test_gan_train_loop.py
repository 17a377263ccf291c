"""A resumed run equals an uninterrupted one, to the bit."""

import json
from pathlib import Path

import pytest
import torch
from mmengine.runner import Runner

from kpgan_mm.utils.config import merge_options
from tests.small_runs import puppet_config, train


def logged(work_dir: Path) -> dict[int, dict]:
    """Losses by iteration, over all the log files of a work directory."""
    entries = {}
    for file in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for line in file.read_text().splitlines():
            entry = json.loads(line)
            if 'generator/loss' in entry:
                entries[entry['step']] = {k: v for k, v in entry.items() if '/' in k}
    return entries


def assert_same(a, b, where: str = '') -> None:
    """Compare nested containers of tensors and numbers to the bit."""
    if isinstance(a, torch.Tensor):
        assert torch.equal(a, b) or (a.isnan() & b.isnan() | (a == b)).all(), where
    elif isinstance(a, dict):
        assert a.keys() == b.keys(), where
        for key in a:
            assert_same(a[key], b[key], f'{where}.{key}')
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b), where
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            assert_same(x, y, f'{where}.{i}')
    else:
        assert a == b, where


@pytest.mark.parametrize('num_workers', [0, 2])
def test_resumed_equals_uninterrupted(tmp_path, num_workers):
    workers = {'train_dataloader.num_workers': num_workers}
    whole = train(puppet_config(tmp_path / 'whole', 8, **workers))
    # Saved at 4, killed at 5: the validation at 3 must not matter, nor the iteration that was lost.
    train(puppet_config(tmp_path / 'parts', 5, **workers))
    (tmp_path / 'parts' / 'last_checkpoint').write_text(str(tmp_path / 'parts' / 'iter_4.pth'))
    resumed = train(puppet_config(tmp_path / 'parts', 8, resume=True, **workers))
    for part in ('state_dict', 'optimizer', 'param_schedulers'):
        assert_same(whole.get(part), resumed.get(part), part)
    assert whole['state_dict']['pool.count'] == 5
    first, second = logged(tmp_path / 'whole'), logged(tmp_path / 'parts')
    assert sorted(first) == sorted(second) == list(range(1, 9))
    # The mean over the last iterations is logged too, so this compares the message hub's history as well.
    assert first == second


def test_every_iteration_has_data_of_its_own(tmp_path):
    train(puppet_config(tmp_path / 'run', 3))
    entries = logged(tmp_path / 'run')
    assert len({entry['discriminator/loss'] for entry in entries.values()}) == 3


def test_another_seed_gives_another_run(tmp_path):
    first = train(puppet_config(tmp_path / 'first', 2))
    second = train(puppet_config(tmp_path / 'second', 2, randomness=dict(seed=1)))
    name = 'head.regressor.trunk.closing.weight'
    assert not torch.equal(first['state_dict'][name], second['state_dict'][name])


def test_a_single_optimiser_is_refused_in_one_sentence(tmp_path):
    cfg = puppet_config(tmp_path / 'run', 2)
    cfg.optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
    cfg.param_scheduler = []
    with pytest.raises(TypeError, match='one optimiser a phase'):
        Runner.from_cfg(cfg).train()


def test_resuming_without_draws_is_refused(tmp_path):
    """Any other sampler would begin again without a word."""
    others = {'train_dataloader.sampler.type': 'InfiniteSampler'}
    train(puppet_config(tmp_path / 'run', 2, **others))
    with pytest.raises(TypeError, match='resuming needs kpgan_mm.DrawSampler: InfiniteSampler'):
        train(puppet_config(tmp_path / 'run', 4, resume=True, **others))


def test_a_resumed_run_takes_the_seed_of_its_checkpoint(tmp_path):
    train(puppet_config(tmp_path / 'run', 2, randomness=dict(seed=3)))
    runner = Runner.from_cfg(puppet_config(tmp_path / 'run', 4, resume=True, randomness=dict(seed=4)))
    runner.train()
    assert runner.seed == runner.train_loop.dataloader.sampler.seed == 3
    # The iterator that MMEngine's loop had made holds workers of its own.
    assert runner.train_loop.dataloader_iterator is None


def test_frozen_regressor_by_two_options(tmp_path):
    """What docs/method.md says: the entry of the base config goes away, and one schedule serves the rest."""
    cfg = puppet_config(tmp_path / 'run', 2)
    merge_options(cfg, {'model.regressor_weights': None, 'optim_wrapper.regressor': None})
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert list(runner.optim_wrapper.keys()) == list(runner.param_schedulers) == ['generator', 'discriminator']
    assert not any(parameter.requires_grad for parameter in runner.model.head.regressor.parameters())
