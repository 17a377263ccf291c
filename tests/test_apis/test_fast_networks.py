"""kpgan_mm.apis.fast_networks: the same keypoints, faster."""

import shutil

import numpy as np
import pytest
import torch
from torch import nn

from kpgan_mm.apis import init_keypoint_model, predict, speed_up
from kpgan_mm.apis.fast_networks import FastNetwork


class Pyramid(nn.Module):
    """Two outputs, and a note of the batches that it got."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.batches = nn.Conv2d(1, 2, 1), []

    def forward(self, images):
        return self.layer(images), images.mean(dim=(2, 3))


def test_half_precision_in_the_network_only():
    network, images = nn.Conv2d(3, 4, 3), torch.rand(2, 3, 8, 8)
    fast = FastNetwork(network, bfloat16=True, compiled=False)(images)
    expected = network(images)
    assert fast.dtype == torch.float32 and not fast.requires_grad
    difference = (fast - expected).abs().max()
    assert 0 < difference < 0.02
    assert torch.equal(FastNetwork(network, False, False)(images), expected)


def test_compiled_batches_are_filled_up_and_cut(monkeypatch):
    """One size only reaches the compiled network, whose outputs are those of the plain one."""
    sizes = []

    def compile(network, dynamic):
        assert dynamic is False

        def call(images):
            sizes.append(len(images))
            return network(images)

        return call

    monkeypatch.setattr(torch, 'compile', compile)
    network = Pyramid()
    fast = FastNetwork(network, bfloat16=False, compiled=True)
    for number in (3, 1, 7):
        images = torch.rand(number, 1, 8, 8)
        outputs = fast(images)
        assert isinstance(outputs, tuple)
        for output, expected in zip(outputs, network(images), strict=True):
            torch.testing.assert_close(output, expected)
    assert sizes == [3, 3, 3, 3, 3]


def test_compiled_networks_give_the_same():
    """Two of one class in one process, for batches of different sizes."""
    for size in (2, 3):
        network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU()).eval()
        network[1].running_mean.fill_(0.3)
        fast = FastNetwork(network, bfloat16=False, compiled=True)
        for number in (size, 1):
            images = torch.randn(number, 1, 8, 8)
            torch.testing.assert_close(fast(images), network(images))


def test_all_networks_of_a_model_are_replaced(config_file, checkpoint):
    model = init_keypoint_model(config_file, checkpoint)
    speed_up(model, compiled=True)
    assert isinstance(model.backbone, FastNetwork) and isinstance(model.head.regressor, FastNetwork)


def test_a_model_in_bfloat16_predicts_about_the_same(config_file, checkpoint):
    model, fast = (init_keypoint_model(config_file, checkpoint) for _ in range(2))
    pictures = list(np.random.default_rng(0).integers(0, 255, (3, 32, 32, 3)).astype(np.uint8))
    speed_up(fast, bfloat16=True)
    expected, found = predict(model, pictures), predict(fast, pictures)
    assert found.dtype == expected.dtype and 0 < np.abs(found - expected).max() < 2


def test_a_second_time_is_refused_and_weights_are_there_once(config_file, checkpoint):
    model = init_keypoint_model(config_file, checkpoint)
    number = len(model.state_dict())
    speed_up(model, bfloat16=True)
    assert len(model.state_dict()) == number
    with pytest.raises(ValueError, match='made faster before: load it anew'):
        speed_up(model, bfloat16=True)


def test_nothing_wanted_changes_nothing(config_file, checkpoint):
    model = init_keypoint_model(config_file, checkpoint)
    backbone = model.backbone
    speed_up(model)
    assert model.backbone is backbone


def test_says_that_there_is_no_compiler(config_file, checkpoint, monkeypatch):
    monkeypatch.setattr(shutil, 'which', lambda name: None)
    with pytest.raises(ValueError, match=r'needs a C\+\+ compiler, such as g\+\+'):
        speed_up(init_keypoint_model(config_file, checkpoint), compiled=True)
