"""Two processes with half the batch each train as one process does."""

import os
import socket

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from kpgan_mm.registry import MODEL_WRAPPERS, MODELS, OPTIM_WRAPPER_CONSTRUCTORS
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
    """Batch norms in evaluation mode: their statistics are a process's own."""
    torch.manual_seed(0)
    model = MODELS.build(model_config(pool_size=50))
    model.reconstruction_loss.eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    return model


def part(rank: int, seed: int) -> dict:
    whole = batch(4, seed)
    return {key: value[2 * rank : 2 * rank + 2] for key, value in whole.items()}


def worker(rank: int, port: int, folder: str) -> None:
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    torch.set_num_threads(1)
    dist.init_process_group('gloo', rank=rank, world_size=2)
    wrapped = MODEL_WRAPPERS.build(
        dict(type='kpgan_mm.PhasedDistributedDataParallel', module=model_without_batch_statistics())
    )
    state = steps(wrapped.module, wrapped, [part(rank, seed) for seed in (0, 1)])
    torch.save(state, os.path.join(folder, f'{rank}.pth'))
    dist.destroy_process_group()


def test_two_processes_equal_one(tmp_path):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    mp.spawn(worker, args=(port, str(tmp_path)), nprocs=2)
    first, second = (torch.load(tmp_path / f'{rank}.pth') for rank in (0, 1))
    model = model_without_batch_statistics()
    alone = steps(model, model, [batch(4, seed) for seed in (0, 1)])
    trained = [name for name, _ in model.named_parameters() if not name.startswith('reconstruction_loss')]
    for name in trained:
        assert torch.equal(first[f'module.{name}'], second[f'module.{name}']), name
        assert torch.allclose(first[f'module.{name}'], alone[name], atol=1e-5), name
