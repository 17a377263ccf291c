"""Two processes with half the batch each train as one process does, without a Runner."""

import os

import pytest
import torch

from kpgan_mm.engine import join_processes
from kpgan_mm.registry import MODEL_WRAPPERS, MODELS, OPTIM_WRAPPER_CONSTRUCTORS
from tests.processes import run_processes
from tests.toys import batch, model_config, optim_wrapper_config


def steps(model, wrapped, data: list[dict]) -> dict[str, torch.Tensor]:
    """Two training steps without momentum, so that gradients show."""
    optimisers = optim_wrapper_config()
    for entry in optimisers.values():
        entry['optimizer'] = dict(type='SGD', lr=0.1)
    wrappers = OPTIM_WRAPPER_CONSTRUCTORS.build(
        dict(type='kpgan_mm.MultiOptimWrapperConstructor', optim_wrapper_cfg=optimisers)
    )(wrapped)
    for item in data:
        wrapped.train_step(item, wrappers)
    return {name: value.detach().clone() for name, value in wrapped.state_dict().items()}


def model_without_batch_statistics():
    """Batch norms in evaluation mode: without :class:`ProcessRunner` their statistics are a process's own."""
    torch.manual_seed(0)
    model = MODELS.build(model_config(pool_size=50))
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    return model


def part(rank: int, seed: int) -> dict:
    return {key: value[rank::2] for key, value in batch(4, seed).items()}


def in_two(folder: str) -> None:
    join_processes('pytorch')
    rank = torch.distributed.get_rank()
    wrapped = MODEL_WRAPPERS.build(
        dict(type='kpgan_mm.PhasedDistributedDataParallel', module=model_without_batch_statistics())
    )
    state = steps(wrapped.module, wrapped, [part(rank, seed) for seed in (0, 1)])
    torch.save(state, os.path.join(folder, f'{rank}.pth'))


@pytest.mark.dist
def test_two_processes_equal_one(tmp_path):
    run_processes(2, in_two, str(tmp_path))
    first, second = (torch.load(tmp_path / f'{rank}.pth') for rank in (0, 1))
    model = model_without_batch_statistics()
    alone = steps(model, model, [batch(4, seed) for seed in (0, 1)])
    for name, values in alone.items():
        assert torch.equal(first[f'module.{name}'], second[f'module.{name}']), name
        assert torch.allclose(first[f'module.{name}'].float(), values.float(), atol=1e-5), name
