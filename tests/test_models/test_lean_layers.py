"""Lean layers against PyTorch's own: values, gradients, statistics, and what is kept."""

import copy
import gc
import io

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck
from torch.nn.modules.module import register_module_forward_hook
from torch.utils.checkpoint import checkpoint

from kpgan_mm.models.lean_layers import LeanSequential, convolve, convolve_with, make_lean

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


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_instance_norms_statistics_are_not_rounded(dtype):
    torch.manual_seed(0)
    # Next to their mean, maps of lower precision vary by little: between 8 and 16 bfloat16 has steps of 1/16.
    features = (torch.randn(2, 4, 64, 64) + 10).to(dtype)
    images = features.double().requires_grad_()
    exact = nn.functional.leaky_relu(nn.InstanceNorm2d(4)(images), 0.2)
    kernel = torch.randn(1, 4, 1, 1, dtype=dtype)
    exact_kernel = kernel.double().requires_grad_()
    (nn.functional.conv2d(exact, exact_kernel) ** 2).mean().backward()

    block = LeanSequential(nn.InstanceNorm2d(4), nn.LeakyReLU(0.2, inplace=True))
    leaf, kernel = features.clone().requires_grad_(), kernel.requires_grad_()
    outputs = block(leaf)
    (convolve_with(outputs, kernel).float() ** 2).mean().backward()
    with torch.no_grad():
        predicted = block(features)
    step = torch.finfo(dtype).eps
    for found in (outputs, predicted):
        assert found.dtype == dtype
        assert ((found - exact).abs() / exact.abs().clamp(min=0.1)).max() < step  # once rounded
    for found, expected in ((leaf.grad, images.grad), (kernel.grad, exact_kernel.grad)):
        assert found.dtype == dtype and (found - expected).norm() < 2 * step * expected.norm()


@pytest.mark.parametrize(
    ('norm', 'shape'),
    [
        (nn.BatchNorm2d(4), (2, 64, 4, 4)),  # another number of channels
        (nn.BatchNorm2d(4), (1, 4, 1, 1)),  # one value a channel
        (nn.InstanceNorm2d(4), (2, 4, 1, 1)),
        (nn.BatchNorm2d(4), (2, 4, 4)),
    ],
)
def test_what_pytorch_refuses_is_refused_as_by_pytorch(norm, shape):
    features = torch.randn(shape, requires_grad=True)
    messages = []
    for network in (LeanSequential(norm, nn.ReLU()), nn.Sequential(norm, nn.ReLU())):
        with pytest.raises((ValueError, RuntimeError)) as error:
            network(features)
        messages.append((error.type, str(error.value)))
    assert messages[0] == messages[1]


@pytest.mark.filterwarnings('ignore:input.s size at dim=1 does not match num_features')
@pytest.mark.parametrize(
    ('layers', 'shape'),
    [
        ([nn.BatchNorm2d(4), nn.ReLU()], (0, 4, 3, 3)),  # an empty batch
        ([nn.BatchNorm2d(4), nn.LeakyReLU(-0.5)], (2, 4, 3, 3)),  # a slope that the output does not tell the sign of
        ([nn.InstanceNorm2d(4), nn.LeakyReLU(-0.5)], (2, 4, 3, 3)),
        ([nn.InstanceNorm2d(4), nn.ReLU()], (2, 7, 3, 3)),  # without weights any number of channels will do
    ],
)
def test_what_only_pytorchs_layers_can_do_is_left_to_them(layers, shape):
    torch.manual_seed(0)
    features = torch.randn(shape)
    results = []
    for network in (LeanSequential(*copy.deepcopy(layers)), nn.Sequential(*copy.deepcopy(layers))):
        leaf = features.clone().requires_grad_()
        output = network(leaf)
        (output * torch.arange(output.numel()).view_as(output)).sum().backward()
        results.append((output, leaf.grad, *network.buffers()))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize('norm', LAYERS)
def test_second_derivatives_are_refused(norm):
    lean, _ = stacks(norm)
    images = torch.randn(2, 2, 12, 12, dtype=torch.float64, requires_grad=True)
    for network in (lean, lean[:1], lean[1:3]):
        features = torch.randn(2, 4, 6, 6, dtype=torch.float64, requires_grad=True) if len(network) == 2 else images
        with pytest.raises(RuntimeError, match='no second derivatives'):
            torch.autograd.grad(network(features).sum(), features, create_graph=True)


@pytest.mark.parametrize('norm', LAYERS)
@pytest.mark.parametrize('reentrant', [True, False])
def test_checkpointed(norm, reentrant):
    lean, plain = stacks(norm)
    images = torch.randn(2, 2, 12, 12, dtype=torch.float64)
    gradients = []
    for network in (lambda leaf: checkpoint(lean, leaf, use_reentrant=reentrant), plain):
        leaf = images.clone().requires_grad_()
        network(leaf).square().sum().backward()
        gradients.append(leaf.grad)
    torch.testing.assert_close(*gradients)
    for ours, theirs in zip(lean.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad)


def test_autocast_leaves_float64_alone():
    lean, plain = stacks('batch')
    images = torch.randn(2, 2, 8, 8, dtype=torch.float64, requires_grad=True)
    with torch.autocast('cpu', torch.bfloat16):
        ours, theirs = lean(images), plain(images)
    assert ours.dtype == theirs.dtype == torch.float64
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


def test_hooks_of_all_modules_and_replaced_forwards_are_heard():
    block = LeanSequential(*LAYERS['batch']())
    images = torch.randn(2, 2, 4, 4)
    heard = []
    handle = register_module_forward_hook(lambda module, *_: heard.append(type(module)))
    try:
        block(images)
    finally:
        handle.remove()
    assert heard == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU, LeanSequential]
    for layer in block:
        layer.forward = lambda features, layer=layer: heard.append(layer) or type(layer).forward(layer, features)
    block(images)
    assert heard[4:] == list(block)


def test_hooks_of_a_convolution_called_alone_are_heard():
    layer, heard = nn.Conv2d(2, 2, 1), []
    layer.register_forward_hook(lambda *_: heard.append(True))
    convolve(layer, torch.randn(1, 2, 3, 3))
    assert heard


def test_an_output_is_pickled_without_what_the_norm_read():
    block = LeanSequential(*LAYERS['batch']())
    output = block(torch.randn(2, 2, 64, 64))
    file, plain = io.BytesIO(), io.BytesIO()
    torch.save(output, file)
    torch.save(output.detach(), plain)
    assert file.tell() < 1.1 * plain.tell()


@pytest.mark.parametrize('norm', LAYERS)
def test_an_output_that_outlives_the_backward_pass_does_not_hold_what_the_norm_read(norm):
    features = 2 * torch.randn(2, 4, 8, 8, requires_grad=True)
    place = features.data_ptr()
    held = lambda: [o for o in gc.get_objects() if type(o) is torch.Tensor and o.data_ptr() == place]  # noqa: E731
    output = LeanSequential(*LAYERS[norm]()[1:])(features)
    del features
    assert held()  # for the next convolution
    output.sum().backward()
    assert not held()
    assert output.shape == (2, 4, 8, 8)


def test_function_transforms_take_the_layers_as_they_are():
    lean, plain = stacks('instance')
    images = torch.randn(2, 2, 12, 12, dtype=torch.float64)
    ours, theirs = (torch.func.grad(lambda x, net=net: net(x).square().sum())(images) for net in (lean, plain))
    torch.testing.assert_close(ours, theirs)


def test_compiled():
    lean, plain = stacks('batch')
    images = torch.randn(2, 2, 12, 12, dtype=torch.float64)
    torch.testing.assert_close(torch.compile(lean, backend='aot_eager', fullgraph=True)(images), plain(images))
