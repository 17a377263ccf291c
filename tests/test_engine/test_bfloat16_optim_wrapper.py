import pytest
import torch
from torch import nn

from kpgan_mm.engine import Bfloat16OptimWrapper
from kpgan_mm.registry import OPTIM_WRAPPERS


def make(**changes):
    torch.manual_seed(0)
    model = nn.Linear(4, 2)
    return model, Bfloat16OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.5), **changes)


def test_forward_in_bfloat16_and_weights_in_float32():
    model, wrapper = make()
    with wrapper.optim_context(model):
        outputs = model(torch.ones(3, 4))
    assert outputs.dtype == torch.bfloat16
    assert model(torch.ones(3, 4)).dtype == torch.float32  # only inside
    before = model.bias.detach().clone()
    wrapper.update_params(outputs.float().sum())
    # d sum / d bias = 3, learning rate 0.5
    assert torch.allclose(model.bias, before - 1.5) and model.bias.dtype == torch.float32


def test_gradients_of_a_small_loss_survive_without_a_scale():
    model, wrapper = make()
    before = model.weight.detach().clone()
    with wrapper.optim_context(model):
        loss = model(torch.ones(1, 4)).float().sum() * 1e-12  # less than float16 can hold
    loss.backward()
    assert model.weight.grad.flatten().tolist() == pytest.approx([1e-12] * 8, rel=1e-2)
    assert torch.equal(model.weight, before)


def test_gradients_accumulate():
    model, wrapper = make(accumulative_counts=2)
    wrapper.initialize_count_status(model, 0, 4)
    before = model.bias.detach().clone()
    for step in range(2):
        assert torch.equal(model.bias, before), step
        with wrapper.optim_context(model):
            loss = model(torch.zeros(1, 4)).float().sum()
        wrapper.update_params(loss)
    # Two losses of gradient 1, each divided by two.
    assert torch.allclose(model.bias, before - 0.5)


def test_from_a_config():
    model = nn.Linear(1, 1)
    optimizer = torch.optim.Adam(model.parameters())
    wrapper = OPTIM_WRAPPERS.build(dict(type='Bfloat16OptimWrapper', optimizer=optimizer, clip_grad=dict(max_norm=1.0)))
    assert wrapper.clip_grad_kwargs == dict(max_norm=1.0)
    assert 'state' in wrapper.state_dict() and 'loss_scaler' not in wrapper.state_dict()
