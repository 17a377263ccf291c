import numpy as np
import pytest

from kpgan_mm.visualization import draw_skeletons, log_skeletons


def test_log_by_hand():
    # ink 1, 0.1, 0.01, 0.001, nothing; then twice a bone's ink, and as far below empty canvas as 0.1 is above
    ink = np.array([1, 0.1, 0.01, 0.001, 0, 2, -0.1])
    pictures = log_skeletons((2 * ink - 1).reshape(1, 1, 7))
    assert pictures.shape == (1, 1, 7, 3) and pictures.dtype == np.uint8
    assert pictures[0, 0, :, 0].tolist() == [255, 170, 85, 0, 0, 255, 170]
    assert (pictures[..., 0] == pictures[..., 2]).all()


def test_decades():
    assert log_skeletons(np.full((1, 1, 1), -0.8), decades=2)[0, 0, 0, 0] == 128
    with pytest.raises(ValueError, match='decades must be positive, got 0'):
        log_skeletons(np.zeros((1, 2, 2)), decades=0)


def test_values_that_are_no_numbers():
    assert log_skeletons(np.array([[[np.nan, np.inf, -np.inf]]]))[0, 0, 1:, 0].tolist() == [255, 255]


def test_linear_scale():
    assert draw_skeletons(np.array([[[-3.0, -1.0, 0.0, 1.0, 9.0]]]))[0, 0, :, 1].tolist() == [0, 0, 128, 255, 255]
