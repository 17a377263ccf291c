"""What several processes that train one model tell each other; in a single process all of it does nothing.

Sample ``n`` of an iteration's batch is with process ``n mod N``, as :class:`kpgan_mm.datasets.DrawSampler` deals them
out, so the rows of all processes are put together in that order.
"""

import torch
from mmengine.dist import all_gather, all_reduce, broadcast, get_dist_info, get_world_size
from torch import Tensor


class _Mean(torch.autograd.Function):
    """Every process's loss depends on every process's value: gradients come back from all of them."""

    @staticmethod
    def forward(ctx, values: Tensor) -> Tensor:
        return _mean(values)

    @staticmethod
    def backward(ctx, gradients: Tensor) -> Tensor:
        return _mean(gradients)


def _mean(values: Tensor) -> Tensor:
    values = values.detach().clone()
    all_reduce(values, op='mean')
    return values


def mean_over_processes(values: Tensor) -> Tensor:
    """Mean of a tensor over all processes, of any shape; differentiable."""
    return values if get_world_size() == 1 else _Mean.apply(values)


def all_rows(values: Tensor) -> Tensor:
    """Rows ``(B, ...)`` of each process to those of all, ``(N * B, ...)``, as one process would have them; detached."""
    if get_world_size() == 1:
        return values.detach()
    # Collectives take dense tensors of one layout.
    parts = all_gather(values.detach().contiguous())
    return torch.stack(parts, dim=1).flatten(0, 1)


def own_rows(values: Tensor) -> Tensor:
    """The rows ``(B, ...)`` of this process among those of all, ``(N * B, ...)``."""
    rank, world_size = get_dist_info()
    return values[rank::world_size]


def of_first_process(values: Tensor) -> Tensor:
    """The first process's values, in every process; same shape and type everywhere."""
    values = values.clone()
    broadcast(values)
    return values
