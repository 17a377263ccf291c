import numpy as np
import pytest
from torch import nn

from kpgan_mm.apis import appearance_grid, init_keypoint_model, leak_check, reenact
from kpgan_mm.models.pose_estimators import AutoLink


@pytest.fixture(scope='module')
def model(config_file, checkpoint):
    return init_keypoint_model(config_file, checkpoint)


def test_cells_are_reenactments(model, images):
    grid = appearance_grid(model, images[:2], images)
    assert grid.geometry.shape == (2, 32, 32, 3) and grid.appearance.shape == (3, 32, 32, 3)
    assert grid.cells.shape == (2, 3, 32, 32, 3) and grid.cells.dtype == np.uint8
    for row in range(2):
        for column in range(3):
            expected = reenact(model, images[row], images[column]).astype(int)
            # the batch may change the last bit
            assert abs(grid.cells[row, column] - expected).max() <= 1
    np.testing.assert_array_equal(grid.geometry, grid.appearance[:2])


def test_rows_are_poses_and_columns_appearances(model, monkeypatch):
    dark, light = (np.full((32, 32, 3), value, np.uint8) for value in (10, 200))
    blue = np.zeros((32, 32, 3), np.uint8)
    blue[..., 0] = 255

    def visuals(geometry, appearance):
        mixed = appearance.clone()
        mixed[:, 1] = geometry[:, 1]
        return {'images': geometry, 'references': appearance, 'reconstructions': mixed}

    monkeypatch.setattr(model, 'visuals', visuals)
    grid = appearance_grid(model, [dark, light], [blue, dark, light])
    # green of the pose, blue and red of the appearance
    assert grid.cells[:, :, 16, 16].tolist() == [
        [[255, 10, 0], [10, 10, 10], [200, 10, 200]],
        [[255, 200, 0], [10, 200, 10], [200, 200, 200]],
    ]
    assert grid.geometry[:, 16, 16, 0].tolist() == [10, 200]
    assert grid.appearance[:, 16, 16, 0].tolist() == [255, 10, 200]


def test_large_grids_go_in_batches(model, images):
    grid = appearance_grid(model, images * 2, images * 2)
    assert grid.cells.shape == (6, 6, 32, 32, 3)
    assert abs(grid.cells[:3, :3].astype(int) - grid.cells[3:, 3:]).max() <= 1
    assert grid.appearance.shape == (6, 32, 32, 3) and grid.geometry.shape == (6, 32, 32, 3)


def test_same_again_and_in_a_box(model, images):
    first, second = (appearance_grid(model, images[:1], images[1:], box=(10, 5, 40, 35)) for _ in range(2))
    np.testing.assert_array_equal(first.cells, second.cells)
    assert (first.geometry != appearance_grid(model, images[:1], images[1:]).geometry).any()


def test_what_it_needs(model, images):
    with pytest.raises(ValueError, match='got 0 for geometry and 3 for appearance'):
        appearance_grid(model, [], images)
    with pytest.raises(ValueError, match='Linear has no generator and can only predict: the grid'):
        appearance_grid(nn.Linear(1, 1), images, images)
    with pytest.raises(FileNotFoundError, match=r'image nothing\.png does not exist'):
        appearance_grid(model, ['nothing.png'], images)


def test_a_model_that_ignores_other_images(images):
    class NoOther(AutoLink):
        def __init__(self):
            nn.Module.__init__(self)

    with pytest.raises(ValueError, match='appearance from another image, and AutoLink takes it from'):
        appearance_grid(NoOther(), images, images)
    with pytest.raises(ValueError, match='reenactment needs a model that takes its appearance from another image'):
        reenact(NoOther(), images[0], images[1])
    with pytest.raises(ValueError, match='this is NoOther'):
        leak_check(NoOther(), images[:2], images[:2])
