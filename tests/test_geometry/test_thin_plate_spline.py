import pytest
import torch

from kpgan_mm.geometry import pixel_grid, random_thin_plate_splines, thin_plate_spline_grid, warp_images

STILL = dict(rotation=0.0, scale=0.0, translation=0.0, warp=(0.0, 0.0))


def test_no_change_without_randomness():
    weights = random_thin_plate_splines(2, **STILL)
    assert weights.shape == (2, 103, 2)
    assert torch.allclose(thin_plate_spline_grid(weights, (6, 8))[0], pixel_grid((6, 8)), atol=1e-5)
    images = torch.rand(2, 3, 8, 12)
    assert torch.allclose(warp_images(images, weights), images, atol=1e-5)


def test_rotation_by_hand():
    """A quarter turn samples (x, y) from (y, -x)."""
    weights = random_thin_plate_splines(1, **STILL)
    weights[0, 101:] = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    x, y = pixel_grid((5, 5)).unbind(-1)
    assert torch.allclose(thin_plate_spline_grid(weights, (5, 5))[0], torch.stack((y, -x), -1), atol=1e-5)


def test_translation_counts_in_halves_of_the_padded_canvas():
    """0.05 of a canvas twice as large as 129 pixels moves by about 6.4 pixels."""
    weights = random_thin_plate_splines(1, **STILL)
    weights[0, 100, 0] = 0.05
    ramp = torch.arange(128.0).expand(1, 1, 128, 128)
    moved = warp_images(ramp, weights) - ramp
    assert moved[0, 0, 64, 64].item() == pytest.approx(0.05 * 255 / 2, abs=1e-2)


def test_same_generator_same_splines_and_spread():
    first = random_thin_plate_splines(500, generator=torch.Generator().manual_seed(3))
    second = random_thin_plate_splines(500, generator=torch.Generator().manual_seed(3))
    assert torch.equal(first, second)
    assert first[:, 100].std().item() == pytest.approx(0.05, rel=0.1)
    # variance of a control weight: 0.0005^2 + 0.005^2 / 2
    assert first[:, :100].std().item() == pytest.approx((0.0005**2 + 0.005**2 / 2) ** 0.5, rel=0.05)


def test_refuses_weights_of_another_lattice():
    with pytest.raises(ValueError, match=r'\(B, 103, 2\)'):
        thin_plate_spline_grid(torch.zeros(1, 28, 2), (8, 8))
