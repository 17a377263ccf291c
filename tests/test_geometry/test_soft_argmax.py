import pytest
import torch

from kpgan_mm.geometry import marginal_soft_argmax, spatial_soft_argmax


def test_equal_logits_give_the_centre():
    assert torch.allclose(marginal_soft_argmax(torch.zeros(2, 3, 4, 6)), torch.zeros(2, 3, 2), atol=1e-6)


def test_value_by_hand():
    # Column means are (0, log 3): softmax (1/4, 3/4), positions (-1, 1), so x = 1/2. Row means are equal, so y = 0.
    heatmaps = torch.tensor([[[[0.0, 3.0], [0.0, 3.0]]]]).clamp(min=1).log()
    assert torch.allclose(marginal_soft_argmax(heatmaps), torch.tensor([[[0.5, 0.0]]]))


def test_it_averages_logits_not_probabilities():
    """One hot pixel in a column of 16 counts a sixteenth, unlike in a softmax over the whole map."""
    heatmaps = torch.zeros(1, 1, 16, 16)
    heatmaps[0, 0, 3, 15] = 16.0
    # x: logits 0 but for 1 at the last column; y likewise at row 3.
    weight = torch.e / (15 + torch.e)
    positions = torch.linspace(-1, 1, 16)
    expected_x = weight * 1 + (1 - weight) * positions[:15].mean()
    assert marginal_soft_argmax(heatmaps)[0, 0, 0].item() == pytest.approx(expected_x.item(), abs=1e-6)


def test_open_interval_and_gradient():
    heatmaps = torch.randn(1, 2, 5, 7, dtype=torch.float64, requires_grad=True)
    keypoints = marginal_soft_argmax(heatmaps)
    assert keypoints.shape == (1, 2, 2) and keypoints.abs().max() < 1
    assert torch.autograd.gradcheck(marginal_soft_argmax, heatmaps)


def test_float32_inside_autocast():
    with torch.autocast('cpu', torch.bfloat16):
        assert marginal_soft_argmax(torch.zeros(1, 1, 4, 4).bfloat16()).dtype == torch.float32


def test_refuses_other_shapes():
    with pytest.raises(ValueError, match=r'\(B, K, h, w\)'):
        marginal_soft_argmax(torch.zeros(1, 4, 4))


class TestOfTheWholeMap:
    def test_by_hand(self):
        """Softmax 1/8, 5/8, 1/8, 1/8 over the corners of a map of 2 x 2."""
        heatmaps = torch.tensor([[[[1.0, 5.0], [1.0, 1.0]]]]).log()
        assert torch.allclose(spatial_soft_argmax(heatmaps), torch.tensor([[[0.5, -0.5]]]))

    def test_one_hot_pixel_counts_by_its_probability(self):
        """Where averaged logits would hardly notice it."""
        heatmaps = torch.zeros(1, 1, 16, 16)
        heatmaps[0, 0, 3, 15] = 16.0
        position = torch.tensor([1.0, -1 + 6 / 15])
        assert torch.allclose(spatial_soft_argmax(heatmaps)[0, 0], position, atol=1e-3)
        assert marginal_soft_argmax(heatmaps)[0, 0, 0] < 0.2

    def test_gradient_and_precision(self):
        heatmaps = torch.randn(1, 2, 5, 7, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(spatial_soft_argmax, heatmaps)
        with torch.autocast('cpu', torch.bfloat16):
            assert spatial_soft_argmax(torch.zeros(1, 1, 4, 4).bfloat16()).dtype == torch.float32

    def test_refuses_other_shapes(self):
        with pytest.raises(ValueError, match=r'\(B, K, h, w\)'):
            spatial_soft_argmax(torch.zeros(1, 4, 4))
