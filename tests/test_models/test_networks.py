import pytest
import torch

from kpgan_mm.models import (
    ConditionalGenerator,
    ImagePyramid,
    KeypointRegressor,
    PoseDiscriminator,
    SkeletonDecoder,
    SkeletonTranslator,
)


def count(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ('model', 'parameters'),
    [
        (SkeletonTranslator(), 3_124_801),
        (ConditionalGenerator(), 4_825_635),
        (KeypointRegressor(32), 1_181_184),
        (KeypointRegressor(17), 1_177_329),
        (KeypointRegressor(68), 1_190_436),
        (PoseDiscriminator(), 3 * 2_762_689),
    ],
)
def test_parameter_counts_of_the_release(model, parameters):
    assert count(model) == parameters


def test_shapes_at_128_pixels():
    with torch.no_grad():
        assert [tuple(m.shape) for m in PoseDiscriminator()(torch.zeros(1, 1, 128, 128))] == [
            (1, 1, 14, 14),
            (1, 1, 6, 6),
            (1, 1, 2, 2),
        ]
        assert KeypointRegressor(32).heatmaps(torch.zeros(1, 1, 128, 128)).shape == (1, 32, 16, 16)


def test_translator_and_generator_keep_the_size():
    images = torch.randn(2, 3, 32, 48)
    skeleton = SkeletonTranslator(base_channels=2)(images)
    assert isinstance(skeleton, tuple) and skeleton[0].shape == (2, 1, 32, 48)
    assert ConditionalGenerator(base_channels=2)(skeleton[0], images).shape == (2, 3, 32, 48)
    with pytest.raises(ValueError, match='multiples of 8'):
        SkeletonTranslator(base_channels=2)(torch.zeros(1, 3, 30, 32))


def test_regressor_reads_the_same_in_training_and_evaluation():
    regressor = KeypointRegressor(3, base_channels=2)
    skeleton = torch.randn(2, 1, 32, 32)
    assert torch.equal(regressor.train()(skeleton), regressor.eval()(skeleton))
    assert regressor(skeleton).shape == (2, 3, 2)


def test_initialisation_of_the_release():
    torch.manual_seed(0)
    model = SkeletonTranslator(base_channels=16)
    model.init_weights()
    convolution = model.deepest[0][0].weight
    norms = torch.cat([m.weight.data for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)])
    assert convolution.std().item() == pytest.approx(0.02, rel=0.05)
    assert norms.mean().item() == pytest.approx(1, abs=0.01) and norms.std().item() == pytest.approx(0.02, rel=0.2)


def test_quarter_scale_is_the_mean_of_the_central_pixels():
    """Bilinear samples without anti-aliasing: of a 4 x 4 cell only the inner 2 x 2 pixels count."""
    discriminator = PoseDiscriminator(base_channels=2, num_scales=3, num_strided=1)
    discriminator.scales = torch.nn.ModuleList([torch.nn.Identity()] * 3)
    image = torch.arange(24.0 * 24).reshape(1, 1, 24, 24)
    image[0, 0, ::4], image[0, 0, 3::4] = 1e6, 1e6
    image[0, 0, :, ::4], image[0, 0, :, 3::4] = 1e6, 1e6
    quarter = discriminator(image)[2]
    assert quarter[0, 0, 0, 0].item() == image[0, 0, 1:3, 1:3].mean().item()


def test_discriminator_says_when_the_picture_is_too_small():
    discriminator = PoseDiscriminator(base_channels=2)
    with pytest.raises(ValueError, match='at least 96 pixels'):
        discriminator(torch.zeros(1, 1, 64, 64))
    assert [m.shape[-1] for m in PoseDiscriminator(base_channels=2)(torch.zeros(1, 1, 96, 96))] == [10, 4, 1]


def test_skeleton_decoder_restores_the_size():
    features = (torch.zeros(1, 4, 8, 8), torch.randn(1, 6, 2, 3))
    assert SkeletonDecoder(in_channels=6, stride=16, base_channels=2)(features)[0].shape == (1, 1, 32, 48)
    with pytest.raises(ValueError, match='power of two'):
        SkeletonDecoder(in_channels=6, stride=12)


def test_image_pyramid_by_hand():
    image = torch.tensor([[[[0.0, 2.0, 4.0, 4.0], [2.0, 0.0, 4.0, 4.0], [1.0, 1.0, 3.0, 5.0], [1.0, 1.0, 5.0, 3.0]]]])
    half, quarter = ImagePyramid(num_levels=2)(image)
    assert half[0, 0].tolist() == [[1.0, 4.0], [1.0, 4.0]]
    assert quarter.item() == 2.5
