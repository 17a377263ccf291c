import numpy as np
import pytest
import torch

from kpgan_mm.geometry import link_ends, pixels_to_normalized, render_skeleton

LINKS = [(0, 1), (1, 2)]


@pytest.fixture
def bone() -> torch.Tensor:
    """A horizontal bone along row 64 of a picture of 128 pixels, (1, 2, 2)."""
    return pixels_to_normalized(torch.tensor([[[20.0, 64.0], [100.0, 64.0]]]), size=(128, 128))


@pytest.mark.parametrize(
    ('falloff', 'on_bone', 'one_pixel'), [('exponential', 0.9506, 0.3480), ('gaussian', 1.0, 0.9876)]
)
def test_profile_across_a_bone(bone, falloff, on_bone, one_pixel):
    image = render_skeleton(bone, [(0, 1)], size=(128, 128), falloff=falloff)[0, 0]
    assert image[64, 50].item() == pytest.approx(on_bone, abs=5e-5)
    assert image[65, 50].item() == pytest.approx(one_pixel, abs=5e-5)
    assert image[63, 50].item() == pytest.approx(one_pixel, abs=5e-5)


def test_wider_sigma_has_its_own_peak(bone):
    image = render_skeleton(bone, [(0, 1)], size=(128, 128), sigma=0.4)
    assert image[0, 0, 64, 50].item() == pytest.approx(0.9875, abs=5e-5)


def test_shape_range_and_axes():
    keypoints = torch.tensor([[[-0.9, -0.5], [0.0, -0.5], [0.9, -0.5]]]).expand(2, -1, -1)
    image = render_skeleton(keypoints, LINKS, size=(16, 32))
    assert image.shape == (2, 1, 16, 32)
    assert image.min() >= -1 and image.max() < 1
    # y = -0.5 is row 3.75 of 16; the figure runs along a row, not along a column.
    assert image[0, 0].mean(dim=1).argmax() == 4


def test_mean_of_joints_as_a_link_end():
    keypoints = torch.tensor([[[-0.5, -0.5], [0.5, -0.5], [0.0, 0.7]]])
    starts, ends = link_ends(keypoints, [((0, 1), 2)])
    assert torch.allclose(starts, torch.tensor([[[0.0, -0.5]]]))
    assert torch.allclose(ends, torch.tensor([[[0.0, 0.7]]]))
    moved = torch.tensor([[[0.0, -0.5], [0.0, -0.5], [0.0, 0.7]]])
    size = (16, 16)
    assert torch.allclose(render_skeleton(keypoints, [((0, 1), 2)], size), render_skeleton(moved, [(0, 2)], size))


def test_link_of_length_zero_is_a_blob_with_finite_gradient():
    keypoints = torch.zeros(1, 2, 2, requires_grad=True)
    image = render_skeleton(keypoints, [(0, 1)], size=(9, 9))
    image.sum().backward()
    assert image[0, 0].argmax() == 40
    assert torch.isfinite(image).all() and torch.isfinite(keypoints.grad).all()


@pytest.mark.parametrize('falloff', ['exponential', 'gaussian'])
def test_gradcheck_in_double_precision(falloff):
    generator = torch.Generator().manual_seed(0)
    keypoints = (torch.rand(1, 4, 2, generator=generator, dtype=torch.float64) * 1.6 - 0.8).requires_grad_()
    links = [(0, 1), ((1, 2), 3)]
    assert torch.autograd.gradcheck(
        lambda points: render_skeleton(points, links, size=(5, 6), sigma=0.7, falloff=falloff), keypoints
    )


def test_gradcheck_of_a_link_from_a_joint_to_itself():
    keypoints = torch.tensor([[[0.13, -0.21]]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda points: render_skeleton(points, [(0, 0)], size=(5, 6), sigma=0.7), keypoints)


@pytest.mark.parametrize('length', [0, 1e-6, 1e-4, 1e-3])
@pytest.mark.parametrize('collapsed_first', [True, False])
def test_a_collapsed_link_hides_no_other(length, collapsed_first):
    points = [[-0.8, -0.8], [0.8, -0.5], [0.3, 0.4], [0.3 + 0.6 * length, 0.4 + 0.8 * length]]
    links = [(2, 3), (0, 1)] if collapsed_first else [(0, 1), (2, 3)]
    assert_equals_the_maximum(torch.tensor([points], dtype=torch.float64), links, (16, 18))


def test_equals_the_maximum_over_all_links_with_its_gradient():
    """Differentiating the nearest link alone changes neither values nor gradients."""
    generator = torch.Generator().manual_seed(1)
    keypoints = torch.rand(3, 5, 2, generator=generator, dtype=torch.float64) * 1.8 - 0.9
    assert_equals_the_maximum(keypoints, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)], (12, 10))


def assert_equals_the_maximum(keypoints, links, size):
    """Of links drawn one by one, in values and gradients."""
    generator = torch.Generator().manual_seed(2)
    weights = torch.rand(len(keypoints), 1, *size, generator=generator, dtype=torch.float64)
    fast, plain = keypoints.clone().requires_grad_(), keypoints.clone().requires_grad_()
    image = render_skeleton(fast, links, size)
    one_by_one = torch.stack([render_skeleton(plain, [link], size) for link in links]).amax(dim=0)
    assert torch.allclose(image, one_by_one)
    (image * weights).sum().backward()
    (one_by_one * weights).sum().backward()
    assert torch.allclose(fast.grad, plain.grad)


def test_float32_inside_autocast(bone):
    with torch.autocast('cpu', torch.bfloat16):
        image = render_skeleton(bone.bfloat16(), [(0, 1)], size=(32, 32))
    assert image.dtype == torch.float32


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(keypoints=torch.zeros(3, 2)), r'\(B, K, 2\)'),
        (dict(links=[(0, 3)]), 'does not fit 3 keypoints'),
        (dict(links=[(0, ())]), 'does not fit'),
        (dict(links=[]), 'at least one link'),
        (dict(size=(1, 8)), 'at least 2 x 2'),
        (dict(sigma=0.0), 'sigma must be positive'),
        (dict(falloff='linear'), "'linear'"),
    ],
)
def test_refuses(arguments, message):
    defaults = dict(keypoints=torch.zeros(1, 3, 2), links=LINKS, size=(8, 8))
    with pytest.raises(ValueError, match=message):
        render_skeleton(**{**defaults, **arguments})


def test_links_of_numpy_integers():
    keypoints = torch.tensor([[[-0.5, -0.5], [0.5, -0.5], [0.0, 0.7]]])
    size = (8, 8)
    assert torch.equal(render_skeleton(keypoints, np.array(LINKS), size), render_skeleton(keypoints, LINKS, size))
    mixed = [(np.array([0, 1]), np.int64(2))]
    assert torch.equal(render_skeleton(keypoints, mixed, size), render_skeleton(keypoints, [((0, 1), 2)], size))
