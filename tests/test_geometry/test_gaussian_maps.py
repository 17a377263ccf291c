import math

import pytest
import torch

from kpgan_mm.geometry import gaussian_maps, pixel_grid


def test_value_by_hand():
    """Five columns at -1, -0.5, 0, 0.5, 1 and three rows at -1, 0, 1; a keypoint 0.1 beside a pixel's centre."""
    maps = gaussian_maps(torch.tensor([[[0.5, 0.1]]]), size=(3, 5))
    assert maps.shape == (1, 1, 3, 5)
    assert maps[0, 0, 1, 3].item() == pytest.approx(math.exp(-100 * 0.1**2), abs=1e-6)
    assert maps[0, 0, 1, 2].item() == pytest.approx(math.exp(-100 * (0.5**2 + 0.1**2)), abs=1e-12)
    assert maps[0, 0].argmax() == 1 * 5 + 3


def test_it_is_the_formula_at_every_pixel():
    keypoints = torch.rand(2, 3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    grid = pixel_grid((4, 6), torch.float64)
    squared = (grid - keypoints[:, :, None, None]).square().sum(-1)
    expected = torch.exp(-squared / 0.3**2)
    torch.testing.assert_close(gaussian_maps(keypoints, (4, 6), std=0.3), expected)


def test_gradients():
    keypoints = torch.tensor([[[0.2, -0.3], [-0.9, 0.8]]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda points: gaussian_maps(points, (5, 4), std=0.5), keypoints)


def test_a_keypoint_is_pulled_towards_where_the_map_should_be_bright():
    keypoints = torch.zeros(1, 1, 2, requires_grad=True)
    target = gaussian_maps(torch.tensor([[[0.2, 0.0]]]), (16, 16))
    (gaussian_maps(keypoints, (16, 16)) - target).square().mean().backward()
    assert keypoints.grad[0, 0, 0] < 0 and keypoints.grad[0, 0, 1].abs() < 1e-6


def test_far_outside_is_dark_and_finite():
    keypoints = torch.full((1, 1, 2), 50.0, requires_grad=True)
    maps = gaussian_maps(keypoints, (8, 8))
    maps.sum().backward()
    assert not maps.any() and not keypoints.grad.any()


def test_float32_inside_autocast():
    with torch.autocast('cpu', torch.bfloat16):
        assert gaussian_maps(torch.zeros(1, 1, 2).bfloat16(), (4, 4)).dtype == torch.float32


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (dict(keypoints=torch.zeros(1, 2), size=(4, 4)), r'\(B, K, 2\)'),
        (dict(keypoints=torch.zeros(1, 1, 2), size=(4, 1)), 'at least 2 x 2'),
        (dict(keypoints=torch.zeros(1, 1, 2), size=(4, 4), std=0.0), 'std must be positive'),
    ],
)
def test_refuses(arguments, words):
    with pytest.raises(ValueError, match=words):
        gaussian_maps(**arguments)
