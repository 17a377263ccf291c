from copy import deepcopy

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose
from torch import nn

from kpgan_mm.apis import edit_keypoints, init_keypoint_model, predict, reenact
from kpgan_mm.apis.edit_keypoints import moved_keypoints

NAMES = ['head', 'left', 'right']


class OfSkeleton(nn.Module):
    """Copies the skeleton."""

    def forward(self, skeleton, reference):
        return skeleton.expand(-1, 3, -1, -1)


@pytest.fixture
def model(keypoint_config, checkpoint):
    return init_keypoint_model(deepcopy(keypoint_config), checkpoint)


def test_moved_keypoints():
    keypoints = np.arange(6.0).reshape(3, 2)
    moved = moved_keypoints(keypoints, NAMES, {'left': (10, -20), 'right': (0.5, 0)})
    assert moved.tolist() == [[0, 1], [12, -17], [4.5, 5]]
    assert keypoints.tolist() == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(ValueError, match="no keypoint 'tail' to move; there are head, left, right"):
        moved_keypoints(keypoints, NAMES, {'tail': (1, 1)})


def test_steps_go_straight_to_the_goal(model, images):
    edited = edit_keypoints(model, images[0], {'left': (8, -4)}, steps=4)
    found = predict(model, images[:1])[0]
    assert edited.keypoints.shape == (5, 3, 2) and edited.keypoints.dtype == np.float32
    np.testing.assert_allclose(edited.keypoints[0], found, atol=1e-4)
    expected = found[1] + np.arange(5)[:, None] * np.array([2, -1])
    np.testing.assert_allclose(edited.keypoints[:, 1], expected, atol=1e-4)
    np.testing.assert_allclose(edited.keypoints[:, [0, 2]], np.broadcast_to(found[[0, 2]], (5, 2, 2)), atol=1e-4)


def test_pictures(model, images):
    edited = edit_keypoints(model, images[0], {'left': (8, -4)}, steps=2)
    assert edited.image.shape == (32, 32, 3) and edited.image.dtype == np.uint8
    assert edited.skeleton.shape == (32, 32) and edited.clean_skeletons.shape == (3, 32, 32)
    assert edited.pictures.shape == (3, 32, 32, 3) and edited.pictures.dtype == np.uint8
    # the first is the image in its own pose
    assert abs(edited.pictures[0] - reenact(model, images[0], images[0]).astype(int)).max() <= 1
    again = edit_keypoints(model, images[0], {'left': (8, -4)}, steps=2)
    np.testing.assert_array_equal(edited.pictures, again.pictures)


def test_the_generator_is_shown_the_moved_skeleton(model, images):
    model.generator = OfSkeleton()
    edited = edit_keypoints(model, images[0], {'head': (20, 0)})
    drawn = model.head.render(torch.from_numpy(edited.crop_keypoints * 2 / 31 - 1))[:, 0]
    np.testing.assert_allclose(edited.clean_skeletons, drawn, atol=1e-4)
    expected = (edited.clean_skeletons + 1) * 127.5
    np.testing.assert_allclose(edited.pictures[..., 2], expected, atol=0.6)
    assert abs(edited.clean_skeletons[1] - edited.clean_skeletons[0]).max() > 0.5


def test_crop_of_a_box(model, images):
    """A box of 30 pixels on an input of 32: keypoints are in pixels of the image, drawn in those of the input."""
    edited = edit_keypoints(model, images[0], {'right': (3, 6)}, box=(10, 5, 40, 35))
    np.testing.assert_allclose(edited.keypoints, edited.crop_keypoints * 30 / 32 + [10, 5], atol=1e-4)
    np.testing.assert_allclose(edited.crop_keypoints[1, 2] - edited.crop_keypoints[0, 2], [3.2, 6.4], atol=1e-4)
    np.testing.assert_allclose(edited.keypoints[0], predict(model, images[:1], (10, 5, 40, 35))[0], atol=1e-4)


def test_keypoints_instead_of_moves(model, images):
    moved = edit_keypoints(model, images[0], {'left': (8, -4)})
    placed = edit_keypoints(model, images[0], keypoints=moved.keypoints[-1])
    np.testing.assert_allclose(placed.keypoints, moved.keypoints, atol=1e-4)
    np.testing.assert_allclose(placed.clean_skeletons, moved.clean_skeletons, atol=1e-4)


def test_no_move_changes_nothing(model, images):
    edited = edit_keypoints(model, images[0], {})
    np.testing.assert_allclose(edited.clean_skeletons[1], edited.clean_skeletons[0], atol=1e-6)


def test_a_sample_of_a_data_set(model, images):
    pipeline = Compose(model.cfg.test_dataloader.dataset.pipeline)
    box = np.array([[10, 5, 40, 35]], np.float32)
    sample = pipeline({'img': images[0], 'bbox': box, 'bbox_score': np.ones(1, np.float32), **model.dataset_meta})
    expected = edit_keypoints(model, images[0], {'left': (2, 2)}, box=box[0])
    edited = edit_keypoints(model, sample, {'left': (2, 2)})
    np.testing.assert_allclose(edited.keypoints, expected.keypoints, atol=1e-4)
    np.testing.assert_array_equal(edited.pictures, expected.pictures)


def test_what_it_needs(model, images):
    with pytest.raises(ValueError, match='either moves or keypoints'):
        edit_keypoints(model, images[0])
    with pytest.raises(ValueError, match='either moves or keypoints'):
        edit_keypoints(model, images[0], {'left': (1, 1)}, np.zeros((3, 2)))
    with pytest.raises(ValueError, match='steps must be at least 1, got 0'):
        edit_keypoints(model, images[0], {}, steps=0)
    with pytest.raises(ValueError, match=r'\(3, 2\) finite numbers, got \(2, 2\)'):
        edit_keypoints(model, images[0], keypoints=np.zeros((2, 2)))
    with pytest.raises(ValueError, match='finite'):
        edit_keypoints(model, images[0], {'left': (np.nan, 0)})
    with pytest.raises(ValueError, match='Linear has no generator and can only predict: moving keypoints'):
        edit_keypoints(nn.Linear(1, 1), images[0], {})


def test_a_choice_of_keypoints_is_refused(model, images):
    """The skeleton needs all of them."""
    model.test_cfg['output_keypoint_indices'] = [2, 0]
    with pytest.raises(ValueError, match='output_keypoint_indices hands out some of its keypoints: set it to None'):
        edit_keypoints(model, images[0], {'left': (1, 1)})


def test_pipelines_that_need_more_than_a_picture(model, images):
    model.cfg.test_dataloader.dataset.pipeline.insert(1, dict(type='kpgan_mm.MaskBackground'))
    with pytest.raises(ValueError, match='needs more than a picture: MaskBackground found neither'):
        edit_keypoints(model, images[0], {})
