import numpy as np
import pytest
import torch

from kpgan_mm.geometry import mirror_keypoints, normalized_to_pixels, pixel_grid, pixels_to_normalized


def test_pixel_centres_by_hand():
    pixels = torch.tensor([[0.0, 0.0], [4.0, 2.0], [2.0, 1.0]])
    expected = torch.tensor([[-1.0, -1.0], [1.0, 1.0], [0.0, 0.0]])
    assert torch.allclose(pixels_to_normalized(pixels, size=(3, 5)), expected)


@pytest.mark.parametrize('make', [torch.tensor, np.array])
def test_round_trip(make):
    pixels = make([[3.25, 60.5], [127.0, 0.0]])
    back = normalized_to_pixels(pixels_to_normalized(pixels, size=(64, 128)), size=(64, 128))
    assert np.allclose(np.asarray(back), np.asarray(pixels))


def test_grid_is_x_then_y():
    grid = pixel_grid((3, 5))
    assert grid.shape == (3, 5, 2)
    assert grid[0, 4].tolist() == [1.0, -1.0]
    assert grid[1, 2].tolist() == [0.0, 0.0]


def test_a_picture_of_one_pixel_is_refused():
    with pytest.raises(ValueError, match='at least 2 x 2'):
        pixels_to_normalized(torch.zeros(1, 2), size=(1, 8))


def test_mirroring_twice_changes_nothing():
    keypoints = torch.rand(2, 3, 2)
    mirrored = mirror_keypoints(keypoints, (0, 2, 1))
    assert torch.equal(mirrored[:, 1], keypoints[:, 2])
    assert torch.equal(mirror_keypoints(mirrored, (0, 2, 1)), keypoints)
    with pytest.raises(ValueError, match='2 flip indices for 3 keypoints'):
        mirror_keypoints(keypoints, (0, 1))
