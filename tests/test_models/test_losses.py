import copy
import pickle

import pytest
import torch

from kpgan_mm.models import AdversarialLoss, PerceptualLoss
from kpgan_mm.registry import MODELS

PYRAMID = dict(type='kpgan_mm.ImagePyramid', num_levels=2)
NARROW_RESNET = dict(type='mmpose.ResNet', depth=18, base_channels=4, stem_channels=4, out_indices=(0, 1))


class TestAdversarialLoss:
    def test_by_hand(self):
        loss = AdversarialLoss(loss_weight=10.0)
        maps = [torch.zeros(2, 1, 3, 3), torch.full((2, 1, 1, 1), 3.0)]
        # Scales count alike: (1 + 4) / 2.
        assert loss(maps).item() == pytest.approx(25.0)
        # Real: 2.5, fake: (0 + 9) / 2; half the sum, without the weight.
        assert loss.discriminator_loss(maps, maps).item() == pytest.approx((2.5 + 4.5) / 2)

    def test_minimum(self):
        real, fake = [torch.ones(1, 1, 2, 2)], [torch.zeros(1, 1, 2, 2)]
        assert AdversarialLoss().discriminator_loss(real, fake) == 0


class TestPerceptualLoss:
    def test_first_value_is_one_and_equal_images_cost_nothing(self):
        a, b = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
        assert PerceptualLoss(PYRAMID, loss_weight=1.0)(a, b).item() == pytest.approx(1.0, abs=1e-6)
        assert PerceptualLoss(PYRAMID)(a, a).item() == 0

    def test_running_mean_by_hand(self):
        loss = PerceptualLoss(PYRAMID, loss_weight=1.0)
        zero = torch.zeros(1, 3, 8, 8)
        loss(zero + 0.1, zero)
        # Constant images: all three terms are (127.5 d)^2, so each is divided by m <- 0.99 e + 0.01 * 4 e.
        assert loss(zero + 0.2, zero).item() == pytest.approx(4 / (0.99 + 0.04), rel=1e-4)
        assert loss.running_means.tolist() == pytest.approx([12.75**2 * 1.03] * 3, rel=1e-4)

    def test_running_means_are_saved_and_stand_still_in_evaluation(self):
        loss = PerceptualLoss(PYRAMID)
        a, b = torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8)
        loss(a, b)
        other = PerceptualLoss(PYRAMID)
        other.load_state_dict(loss.state_dict())
        assert torch.equal(other.running_means, loss.running_means)
        before = loss.running_means.clone()
        loss.eval()(b, a * 0.3)
        assert torch.equal(loss.running_means, before)

    def test_gradient_reaches_the_reconstruction_only(self):
        loss = PerceptualLoss(NARROW_RESNET, untrained_seed=0)
        reconstruction, image = (torch.rand(1, 3, 32, 32, requires_grad=True) for _ in range(2))
        loss(reconstruction, image).backward()
        assert reconstruction.grad.abs().sum() > 0 and image.grad is None
        assert all(parameter.grad is None for parameter in loss.parameters())
        assert not loss.train().extractor.training

    def test_untrained_extractor_is_the_same_for_a_seed(self):
        first, second, third = (PerceptualLoss(NARROW_RESNET, untrained_seed=seed) for seed in (1, 1, 2))
        for loss in (first, second, third):
            loss.init_weights()
        weights = [loss.extractor.conv1.weight for loss in (first, second, third)]
        assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])

    def test_seeding_leaves_the_global_generator_alone(self):
        torch.manual_seed(5)
        expected = torch.rand(1)
        torch.manual_seed(5)
        PerceptualLoss(PYRAMID, untrained_seed=0)
        assert torch.equal(torch.rand(1), expected)

    def test_vgg_of_the_release_has_no_relu_and_six_terms(self):
        layers = ['features.1', 'features.4', 'features.7', 'features.12', 'features.17']
        loss = PerceptualLoss(dict(type='mmpretrain.VGG', depth=19, act_cfg=None), layers=layers, untrained_seed=0)
        assert not any(isinstance(module, torch.nn.ReLU) for module in loss.extractor.modules())
        with torch.no_grad():
            shapes = [tuple(f.shape[1:]) for f in loss.features(torch.zeros(1, 3, 32, 32))]
        assert shapes == [(3, 32, 32), (64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4), (512, 2, 2)]
        assert loss.running_means.shape == (6,)

    def test_standard_vgg_compares_after_the_relu(self):
        loss = PerceptualLoss(dict(type='mmpretrain.VGG', depth=11), layers=['features.0'], untrained_seed=0)
        with torch.no_grad():
            assert loss.features(torch.rand(1, 3, 32, 32))[1].min() == 0

    def test_weights_from_a_file(self, tmp_path):
        source = MODELS.build(NARROW_RESNET)
        torch.save(dict(state_dict=source.state_dict()), tmp_path / 'weights.pth')
        init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'weights.pth'))
        loss = PerceptualLoss(NARROW_RESNET | dict(init_cfg=init_cfg))
        loss.init_weights()
        assert torch.equal(loss.extractor.conv1.weight, source.conv1.weight)

    def test_refuses_an_extractor_without_weights_and_an_unknown_layer(self):
        with pytest.raises(ValueError, match='has no weights'):
            PerceptualLoss(NARROW_RESNET)
        with pytest.raises(ValueError, match='no layer "conv9"'):
            PerceptualLoss(NARROW_RESNET, layers=['conv9'], untrained_seed=0)

    @pytest.mark.parametrize('again', [copy.deepcopy, lambda loss: pickle.loads(pickle.dumps(loss))])
    def test_copies_listen_to_their_own_layers(self, again):
        a, b = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
        loss = PerceptualLoss(NARROW_RESNET, layers=['conv1', 'layer1'], untrained_seed=0)
        loss(a, b)
        other = again(loss)
        assert torch.equal(other(b, a * 0.5), loss(b, a * 0.5))
        assert not any(module._forward_hooks for module in loss.modules())

    def test_what_a_later_layer_overwrites_is_compared_as_it_was(self):
        """bn1 is followed by a ReLU that works in place."""
        loss = PerceptualLoss(NARROW_RESNET, layers=['bn1'], untrained_seed=0)
        with torch.no_grad():
            assert loss.features(torch.rand(1, 3, 32, 32))[1].min() < 0

    def test_an_extractor_that_does_not_tell_its_feature_maps_needs_layers(self):
        narrow = dict(type='mmpose.MobileNetV2', widen_factor=0.25)
        loss = PerceptualLoss(narrow | dict(out_indices=(0, 1)), untrained_seed=0)
        a, b = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
        assert torch.isfinite(loss(a, b)) and loss.running_means.shape == (3,)
        silent = dict(type='mmpose.CPM', in_channels=3, out_channels=2, feat_channels=4, num_stages=2)
        with pytest.raises(ValueError, match='CPM has no out_indices .* as layers'):
            PerceptualLoss(silent, untrained_seed=0)
        assert PerceptualLoss(silent, layers=['stem.0', 'stem.1'], untrained_seed=0).running_means.shape == (3,)

    def test_running_means_may_begin_anywhere(self):
        """IMM's begin at fixed values; then the first loss is not 1."""
        loss = PerceptualLoss(PYRAMID, loss_weight=1.0, initial_means=(100.0, 50.0, 25.0))
        zero = torch.zeros(1, 3, 8, 8)
        error = 12.75**2
        expected = [0.99 * mean + 0.01 * error for mean in (100, 50, 25)]
        assert loss(zero + 0.1, zero).item() == pytest.approx(sum(error / mean for mean in expected) / 3, rel=1e-5)
        assert loss.running_means.tolist() == pytest.approx(expected, rel=1e-5)
        with pytest.raises(ValueError, match='3 terms, the image and 2 layers, but 2 initial_means'):
            PerceptualLoss(PYRAMID, initial_means=(1.0, 1.0))

    def test_gradient_through_the_running_means(self):
        """The derivative of e / m is 1 / m - 0.01 e / m^2; detached means leave 1 / m alone."""
        gradients = {}
        for detached in (True, False):
            loss = PerceptualLoss(PYRAMID, loss_weight=1.0, initial_means=(100.0,) * 3, detach_means=detached)
            reconstruction = torch.full((1, 3, 8, 8), 0.1, requires_grad=True)
            loss(reconstruction, torch.zeros(1, 3, 8, 8)).backward()
            gradients[detached] = reconstruction.grad.sum().item()
            assert not loss.running_means.requires_grad
        error = 12.75**2
        mean = 99 + 0.01 * error
        assert gradients[False] / gradients[True] == pytest.approx(1 - 0.01 * error / mean, rel=1e-4)

    def test_border(self):
        """What lies on the border costs nothing, on any scale; what lies inside costs what it did."""
        pyramid = dict(type='kpgan_mm.ImagePyramid', num_levels=1)
        loss = PerceptualLoss(pyramid, loss_weight=1.0, initial_means=(1.0, 1.0), border=dict(margin=4, ramp=0)).eval()
        plain = PerceptualLoss(pyramid, loss_weight=1.0, initial_means=(1.0, 1.0)).eval()
        image, edge, inside = (torch.zeros(1, 3, 16, 16) for _ in range(3))
        edge[..., :4] = 1
        inside[..., 6:10, 6:10] = 1
        assert loss(edge, image) == 0 and plain(edge, image) > 0
        assert loss(inside, image).item() == pytest.approx(plain(inside, image).item(), rel=1e-6)
