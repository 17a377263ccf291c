"""Lean layers against PyTorch's own: values, gradients, statistics, and what is kept."""

import copy

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck

from kpgan_mm.models.lean_layers import LeanSequential, convolve_with, make_lean

LAYERS = {
    'batch': lambda: [nn.Conv2d(2, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True)],
    'instance': lambda: [nn.Conv2d(2, 4, 3, 2, 1), nn.InstanceNorm2d(4), nn.LeakyReLU(0.2, inplace=True)],
}


def stacks(norm: str, dtype=torch.float64):
    """The same two blocks and a closing convolution, lean and plain."""
    torch.manual_seed(0)
    layers = [*LAYERS[norm](), nn.Conv2d(4, 2, 1), *LAYERS[norm](), nn.Conv2d(4, 3, 3)]
    plain = nn.Sequential(*layers).to(dtype)
    lean = LeanSequential(*copy.deepcopy(layers)).to(dtype)
    for parameter in lean.parameters():
        assert parameter.dtype == dtype
    return lean, plain


@pytest.mark.parametrize('norm', LAYERS)
@pytest.mark.parametrize('layout', [torch.contiguous_format, torch.channels_last])
def test_values_gradients_and_statistics_are_pytorchs(norm, layout):
    lean, plain = stacks(norm)
    images = torch.randn(3, 2, 16, 16, dtype=torch.float64).contiguous(memory_format=layout)
    results = []
    for network in (lean, plain):
        leaf = images.clone().requires_grad_()
        output = network(leaf)
        output.square().sum().backward()
        results.append([output, leaf.grad, *(p.grad for p in network.parameters()), *network.buffers()])
    assert lean.state_dict().keys() == plain.state_dict().keys()
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize('norm', LAYERS)
def test_gradcheck(norm):
    lean, _ = stacks(norm)
    images = torch.randn(2, 2, 12, 12, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lean, images)


def test_evaluation_and_hooks_take_the_layers_as_they_are():
    lean, plain = stacks('batch')
    images = torch.randn(2, 2, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(lean.eval()(images), plain.eval()(images))
    heard = []
    lean[1].register_forward_hook(lambda *_: heard.append(True))
    lean.train()(images)
    assert heard


def test_a_change_in_place_voids_the_recipe():
    torch.manual_seed(0)
    block = LeanSequential(*LAYERS['batch']())
    weight = torch.randn(1, 4, 1, 1, requires_grad=True)
    features = block(torch.randn(2, 2, 4, 4))
    with torch.no_grad():
        features += 1
    convolve_with(features, weight).sum().backward()
    torch.testing.assert_close(weight.grad.flatten(), features.detach().sum(dim=(0, 2, 3)))


def test_less_is_kept_for_the_backward_pass():
    def kept(network) -> int:
        sizes = {}

        def pack(tensor):
            sizes[tensor.untyped_storage().data_ptr()] = tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            network(torch.randn(2, 2, 32, 32, dtype=torch.float64, requires_grad=True))
        return sum(sizes.values())

    lean, plain = stacks('batch')
    assert kept(lean) < 0.65 * kept(plain)
    for network in (lean, plain):
        network.requires_grad_(False)
    frozen = nn.Sequential(nn.Conv2d(2, 8, 3), nn.Conv2d(8, 8, 3)).double().requires_grad_(False)
    names = list(frozen.state_dict())
    before = kept(frozen)
    make_lean(frozen)
    assert list(frozen.state_dict()) == names
    assert kept(frozen) < 0.2 * before


def test_bfloat16_gives_bfloat16_and_gradients_of_the_parameters_type():
    lean, plain = stacks('batch', torch.float32)
    images = torch.randn(2, 2, 16, 16)
    with torch.autocast('cpu', torch.bfloat16):
        ours, theirs = lean(images), plain(images)
    assert ours.dtype == theirs.dtype == torch.bfloat16
    torch.testing.assert_close(ours, theirs, rtol=0.05, atol=0.05)
    ours.float().sum().backward()
    assert all(parameter.grad.dtype == torch.float32 for parameter in lean.parameters())
