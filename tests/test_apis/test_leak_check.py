from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from kpgan_mm.apis import init_keypoint_model, leak_check, predict
from kpgan_mm.apis.leak_check import LeakCheck


class OfReference(nn.Module):
    """Ignores the skeleton."""

    def forward(self, skeleton, reference):
        return reference / 2


class OfSkeleton(nn.Module):
    """Copies the skeleton."""

    def forward(self, skeleton, reference):
        return skeleton.expand(-1, 3, -1, -1)


@pytest.fixture
def model(keypoint_config, checkpoint):
    return init_keypoint_model(deepcopy(keypoint_config), checkpoint)


@pytest.fixture
def many_images():
    return list(np.random.default_rng(1).integers(0, 255, (5, 32, 32, 3)).astype(np.uint8))


def make_check(raw_errors, clean_errors):
    pictures, skeletons = np.zeros((len(raw_errors), 2, 2, 3), np.uint8), np.zeros((len(raw_errors), 2, 2))
    errors = np.array(raw_errors), np.array(clean_errors)
    return LeakCheck(pictures, pictures, skeletons, skeletons, pictures, pictures, *errors)


def test_score_by_hand():
    check = make_check([0.1, 0.2, 0.3], [0.2, 0.4, 0.3])
    assert check.gains == pytest.approx([0.1, 0.2, 0.0])
    # mean 0.1, sample deviation 0.1; mean error from clean skeletons 0.3
    assert check.score == pytest.approx(0.1)
    assert check.standard_error == pytest.approx(0.1 / 3**0.5)
    assert check.relative_score == pytest.approx(1 / 3)
    assert make_check([0.0, 0.0], [0.0, 0.0]).relative_score == 0


def test_shapes_and_types(model, many_images):
    check = leak_check(model, many_images[:3], many_images[2:])
    for pictures in (check.images, check.references, check.from_raw, check.from_clean):
        assert pictures.shape == (3, 32, 32, 3) and pictures.dtype == np.uint8
    for skeletons in (check.skeletons, check.clean_skeletons):
        assert skeletons.shape == (3, 32, 32) and skeletons.dtype == np.float32
    # the input's size is the network's, and the channels are in the order of the images given
    np.testing.assert_array_equal(check.images, many_images[:3])
    np.testing.assert_array_equal(check.references, many_images[2:])
    assert check.score == pytest.approx((check.clean_errors - check.raw_errors).mean())


def test_same_again(model, many_images):
    first, second = (leak_check(model, many_images[:3], many_images[2:]) for _ in range(2))
    np.testing.assert_array_equal(first.gains, second.gains)
    np.testing.assert_array_equal(first.from_raw, second.from_raw)


def test_many_images_go_in_batches(model):
    pictures = np.random.default_rng(2).integers(0, 255, (33, 32, 32, 3)).astype(np.uint8)
    check = leak_check(model, list(pictures), list(pictures[::-1]))
    np.testing.assert_array_equal(check.images, pictures)
    alone = leak_check(model, list(pictures[31:]), list(pictures[1::-1]))
    np.testing.assert_allclose(check.gains[31:], alone.gains, atol=1e-5)


def test_nothing_leaks_to_a_generator_that_ignores_the_skeleton(model, many_images):
    model.generator = OfReference()
    check = leak_check(model, many_images[:3], many_images[2:])
    assert check.score == check.standard_error == check.relative_score == 0
    np.testing.assert_array_equal(check.from_raw, check.from_clean)
    assert (check.clean_errors > 0).all()


def test_a_generator_that_copies_the_skeleton(model, many_images, monkeypatch):
    """Grey images, of which the raw skeleton is a copy and the clean one knows nothing: all of it leaks."""
    grey = [np.full((32, 32, 3), value, np.uint8) for value in (0, 255)]
    monkeypatch.setattr(model, 'translate', lambda images: images[:, :1])
    monkeypatch.setattr(model.head, 'render', lambda keypoints: torch.zeros(len(keypoints), 1, 32, 32))
    model.generator = OfSkeleton()
    check = leak_check(model, grey, many_images[:2])
    # -1 and 1 against 0, in units of the range of 2
    assert check.clean_errors == pytest.approx([0.5, 0.5])
    assert check.raw_errors == pytest.approx([0, 0], abs=1e-6)
    assert check.score == pytest.approx(0.5) and check.relative_score == pytest.approx(1)
    assert check.skeletons[1].min() == 1 and check.from_raw[1].min() == 255


def test_a_raw_skeleton_that_harms(model, many_images, monkeypatch):
    """Far outside [-1, 1]: errors are not clipped, pictures are."""
    black = [np.zeros((32, 32, 3), np.uint8)] * 2
    monkeypatch.setattr(model, 'translate', lambda images: torch.full((len(images), 1, 32, 32), 5.0))
    monkeypatch.setattr(model.head, 'render', lambda keypoints: -torch.ones(len(keypoints), 1, 32, 32))
    model.generator = OfSkeleton()
    check = leak_check(model, black, many_images[:2])
    assert check.score == pytest.approx(-3) and check.relative_score == 0
    assert check.from_raw.min() == 255 and check.skeletons.max() == 5


def test_other_normalisation(keypoint_config, checkpoint, many_images):
    """Errors are in pixels, whatever the networks are fed with."""
    config = deepcopy(keypoint_config)
    config.model.data_preprocessor = dict(
        type='kpgan_mm.FramePairDataPreprocessor', mean=(0, 0, 0), std=(255, 255, 255)
    )
    model = init_keypoint_model(config, checkpoint)
    model.generator = OfReference()
    check = leak_check(model, many_images[:2], many_images[2:4])
    expected = [
        abs(a - b / 2).mean() / 255 for a, b in zip(*np.float64([many_images[:2], many_images[2:4]]), strict=True)
    ]
    assert check.clean_errors == pytest.approx(expected, abs=1e-6)


def test_what_it_needs(model, many_images):
    with pytest.raises(ValueError, match='two pairs or more, got 3 images and 2 references'):
        leak_check(model, many_images[:3], many_images[:2])
    with pytest.raises(ValueError, match='two pairs or more, got 1'):
        leak_check(model, many_images[:1], many_images[:1])
    with pytest.raises(ValueError, match='Linear has no generator and can only predict: the leak check needs'):
        leak_check(nn.Linear(1, 1), many_images[:2], many_images[:2])
    other = nn.Linear(1, 1)
    other.visuals = None
    with pytest.raises(ValueError, match='paints from a skeleton image.* this is Linear'):
        leak_check(other, many_images[:2], many_images[:2])


def test_prediction_is_not_changed(model, many_images):
    before = predict(model, many_images)
    leak_check(model, many_images, many_images)
    np.testing.assert_array_equal(predict(model, many_images), before)
