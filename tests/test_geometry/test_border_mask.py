import math

import pytest
import torch

from kpgan_mm.geometry import border_mask


def test_released_mask():
    """128 pixels, margin 10, ramp 20."""
    mask = border_mask((128, 128), margin=10, ramp=20)
    assert mask.shape == (128, 128)
    row = mask[64]
    assert not row[:10].any() and not row[-10:].any() and (row[30:98] == 1).all()
    assert row[10].item() == pytest.approx(0.5 + 0.5 * math.tanh(-2.5), abs=1e-6)
    assert row[29].item() == pytest.approx(0.5 + 0.5 * math.tanh(2.5), abs=1e-6)
    assert (row[10:30].diff() > 0).all()
    torch.testing.assert_close(mask, mask.T)
    torch.testing.assert_close(mask, mask.flip(0, 1))
    assert mask[20, 20] == row[20] ** 2


def test_height_and_width_are_told_apart():
    mask = border_mask((8, 20), margin=2, ramp=1)
    assert mask.shape == (8, 20) and mask[4].count_nonzero() == 16 and mask[:, 10].count_nonzero() == 4


@pytest.mark.parametrize('arguments', [((64, 64), 12, 20), ((64, 40), 10, 10), ((8, 8), -1, 2)])
def test_refuses(arguments):
    with pytest.raises(ValueError, match='has no inside'):
        border_mask(*arguments)
