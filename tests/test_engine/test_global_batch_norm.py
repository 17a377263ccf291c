"""Batch norm over all processes is PyTorch's over the whole batch."""

import pytest
import torch
from torch import nn

from kpgan_mm.engine import GlobalBatchNorm, join_processes
from kpgan_mm.engine.global_batch_norm import synchronise_batch_norms
from tests.processes import run_processes


def norms(affine: bool, momentum: float | None) -> tuple[nn.Module, nn.Module]:
    """PyTorch's, and ours made of the same."""
    torch.manual_seed(0)
    theirs = nn.BatchNorm2d(3, affine=affine, momentum=momentum).double()
    if affine:
        nn.init.normal_(theirs.weight)
        nn.init.normal_(theirs.bias)
    ours = nn.BatchNorm2d(3, affine=affine, momentum=momentum).double()
    ours.load_state_dict(theirs.state_dict())
    return theirs, synchronise_batch_norms(ours, 'cpu')


def test_replaces_batch_norms_and_nothing_else():
    model = nn.Sequential(nn.Conv2d(3, 2, 1), nn.Sequential(nn.BatchNorm2d(2)), nn.InstanceNorm2d(2))
    model[1][0].eval()
    names, parameters = list(model.state_dict()), list(model.parameters())
    assert synchronise_batch_norms(model, 'cpu') is model
    assert isinstance(model[1][0], GlobalBatchNorm) and not model[1][0].training
    assert list(model.state_dict()) == names
    assert all(a is b for a, b in zip(model.parameters(), parameters, strict=True))
    assert type(model[2]) is nn.InstanceNorm2d


def test_a_shared_norm_stays_one_with_its_hooks():
    shared, heard = nn.BatchNorm2d(2), []
    shared.register_forward_hook(lambda *_: heard.append(True))
    model = synchronise_batch_norms(nn.Sequential(shared, nn.Sequential(shared), nn.BatchNorm1d(3)), 'cpu')
    assert model[0] is model[1][0] and isinstance(model[0], GlobalBatchNorm)
    model[:2](torch.randn(2, 2, 3, 3))
    assert heard == [True, True]
    assert synchronise_batch_norms(model, 'cpu') is model


class Frozen(nn.BatchNorm2d):
    """One that does something else."""

    def forward(self, inputs):
        return inputs * self.weight.view(1, -1, 1, 1)


def test_norms_with_a_forward_of_their_own_are_refused():
    model = nn.Sequential(nn.BatchNorm2d(2), nn.Sequential(Frozen(2)))
    with pytest.raises(ValueError, match=r'the batch norm 1\.0 \(Frozen\) is not plainly'):
        synchronise_batch_norms(model, 'cpu')
    assert type(model[0]) is nn.BatchNorm2d
    replaced = nn.BatchNorm2d(2)
    replaced.forward = lambda inputs: inputs
    with pytest.raises(ValueError, match='the batch norm given'):
        synchronise_batch_norms(replaced, 'cpu')


def test_on_gpus_it_is_pytorchs():
    assert isinstance(synchronise_batch_norms(nn.BatchNorm2d(2), 'cuda'), nn.SyncBatchNorm)


def test_alone_it_is_pytorchs():
    theirs, ours = norms(True, 0.1)
    inputs = torch.randn(4, 3, 2, 2, dtype=torch.float64)
    assert torch.equal(theirs(inputs), ours(inputs))
    assert torch.equal(theirs.eval()(inputs), ours.eval()(inputs))
    assert torch.equal(theirs.running_var, ours.running_var)


def in_two() -> None:
    """Batches of three and two samples."""
    join_processes('pytorch')
    rank = torch.distributed.get_rank()
    for affine, momentum in ((True, 0.1), (False, 0.1), (True, None)):
        theirs, ours = norms(affine, momentum)
        for _ in range(2):
            # Far from 0, where differences of squares would lose all digits.
            whole = torch.randn(5, 3, 2, 2, dtype=torch.float64) + 1e4
            weights = torch.randn_like(whole)
            part = [slice(3), slice(3, 5)][rank]
            alone, shared = whole.clone().requires_grad_(), whole[part].clone().requires_grad_()
            expected = theirs(alone)
            (expected * weights).sum().backward()
            outputs = ours(shared)
            (outputs * weights[part]).sum().backward()
            assert torch.allclose(outputs, expected[part], atol=1e-8)
            assert torch.allclose(shared.grad, alone.grad[part], atol=1e-8)
        for name, buffer in theirs.named_buffers():
            assert torch.allclose(buffer, dict(ours.named_buffers())[name]), name
        for parameter, reference in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.distributed.all_reduce(parameter.grad)
            assert torch.allclose(parameter.grad, reference.grad, atol=1e-8)
    with pytest.raises(RuntimeError, match='no second derivatives'):
        torch.autograd.grad(ours(shared).sum(), shared, create_graph=True)
    half = ours.float()(whole[part].bfloat16())
    assert half.dtype == torch.bfloat16


@pytest.mark.dist
def test_two_processes():
    run_processes(2, in_two)
