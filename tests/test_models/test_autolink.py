"""AutoLink: its networks, its bottleneck, its estimator."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from mmengine.optim import build_optim_wrapper
from mmpose.codecs import RegressionLabel
from torch import nn

from kpgan_mm.geometry import Skeleton
from kpgan_mm.models import AutoLinkDetector, FeatureL1Loss, InpaintingUNet, LinkedKeypointBottleneck, RandomBlockMask
from kpgan_mm.registry import MODELS
from tests.toys import METAINFO, SIZE, batch

K = 5
PYRAMID = dict(type='kpgan_mm.ImagePyramid', num_levels=2)


def head_config(**changes) -> dict:
    return (
        dict(
            type='kpgan_mm.LinkedKeypointBottleneck',
            metainfo=dict(num_keypoints=K),
            input_size=(SIZE, SIZE),
            in_channels=4,
        )
        | changes
    )


def autolink_config(**changes) -> dict:
    """An AutoLink with two channels at full resolution."""
    return (
        dict(
            type='kpgan_mm.AutoLink',
            backbone=dict(type='kpgan_mm.AutoLinkDetector', base_channels=2),
            head=head_config(),
            generator=dict(type='kpgan_mm.InpaintingUNet', base_channels=2),
            reconstruction_loss=dict(type='kpgan_mm.FeatureL1Loss', extractor=PYRAMID, resize=None),
        )
        | changes
    )


def num_parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.fixture
def model():
    torch.manual_seed(0)
    model = MODELS.build(autolink_config())
    model.init_weights()
    return model


@pytest.fixture
def images(model):
    return model.data_preprocessor(batch(), True)['inputs']


class TestNetworks:
    @pytest.mark.parametrize(
        ('num_keypoints', 'detector', 'total'),
        [(4, 7_722_436, 25.70), (8, 7_727_048, 25.70), (16, 7_736_272, 25.71), (32, 7_754_720, 25.73)],
    )
    def test_parameters(self, num_keypoints, detector, total):
        head = LinkedKeypointBottleneck(dict(num_keypoints=num_keypoints), (128, 128))
        backbone, generator = AutoLinkDetector(), InpaintingUNet()
        assert num_parameters(backbone) == 7_717_824
        assert num_parameters(backbone) + num_parameters(head.final_layer) == detector
        # The factor on the masked image is one of them.
        assert num_parameters(generator) == 17_972_803 + 1
        assert num_parameters(head) - num_parameters(head.final_layer) == num_keypoints**2
        assert round((detector + num_parameters(generator) + num_keypoints**2) / 1e6, 2) == total

    @pytest.mark.parametrize(('height', 'width'), [(16, 16), (48, 96), (128, 128)])
    def test_any_size_in_steps_of_16(self, height, width):
        (features,) = AutoLinkDetector(base_channels=2)(torch.zeros(2, 3, height, width))
        assert features.shape == (2, 4, height // 4, width // 4)
        painted = InpaintingUNet(base_channels=2)(torch.zeros(2, 1, height, width), torch.zeros(2, 3, height, width))
        assert painted.shape == (2, 3, height, width)

    def test_other_sizes_are_refused(self):
        with pytest.raises(ValueError, match=r'multiples of 16, got \(40, 32\)'):
            AutoLinkDetector(base_channels=2)(torch.zeros(1, 3, 40, 32))
        with pytest.raises(ValueError, match=r'multiples of 16, got \(32, 40\)'):
            InpaintingUNet(base_channels=2)(torch.zeros(1, 1, 32, 40), torch.zeros(1, 3, 32, 40))

    def test_halving_is_the_released_resize(self):
        pictures = torch.randn(2, 3, 12, 8)
        resized = F.interpolate(pictures, scale_factor=0.5, mode='bilinear', align_corners=False)
        assert torch.allclose(F.avg_pool2d(pictures, 2), resized, atol=1e-6)

    def test_initialisation(self):
        """Kaiming's normal law: variance 2 / (1.04 * 9 * in_channels)."""
        backbone = AutoLinkDetector(base_channels=16)
        backbone.init_weights()
        weight = backbone.down[3].widen.weight
        assert weight.std().item() == pytest.approx(math.sqrt(2 / (1.04 * 9 * 64)), rel=0.02)
        assert backbone.down[3].widen.bias.abs().max() == 0

    def test_the_unet_sees_both_inputs(self):
        torch.manual_seed(0)
        unet = InpaintingUNet(base_channels=2).eval()
        edge_map, masked = torch.rand(1, 1, 32, 32, requires_grad=True), torch.rand(1, 3, 32, 32, requires_grad=True)
        unet(edge_map, masked).square().sum().backward()
        for tensor in (edge_map, masked, unet.image_scale):
            assert tensor.grad.abs().sum() > 0
        assert unet.image_scale.item() == 1


class TestMask:
    def test_share_and_blocks(self):
        mask = RandomBlockMask().draw(1, 200, (128, 128))
        assert mask.shape == (200, 1, 128, 128) and set(mask.unique().tolist()) == {0, 1}
        assert mask.mean().item() == pytest.approx(0.2, abs=0.01)
        blocks = mask.reshape(200, 16, 8, 16, 8)
        assert torch.equal(blocks.amin(dim=(2, 4)), blocks.amax(dim=(2, 4)))

    def test_what_is_blanked_is_mid_grey(self):
        mask = RandomBlockMask(missing=0.5, num_blocks=4).train()
        images = torch.rand(3, 3, 24, 16) + 0.5
        masked = mask(images)
        kept = masked != 0
        assert torch.equal(masked[kept], images[kept]) and 0.2 < kept.float().mean() < 0.8
        # All channels alike.
        assert torch.equal(kept[:, 0], kept[:, 1]) and torch.equal(kept[:, 0], kept[:, 2])

    def test_a_copy_goes_on_with_the_same_masks(self):
        """What a resumed training does, whatever the global generator is at."""
        torch.manual_seed(1)
        mask = RandomBlockMask().train()
        images = torch.ones(2, 3, 32, 32)
        first = mask(images)
        state = copy.deepcopy(mask.state_dict())
        second = mask(images)
        assert not torch.equal(first, second)
        torch.manual_seed(2)
        other = RandomBlockMask().train()
        assert not torch.equal(other(images), first)
        other.load_state_dict(state)
        assert torch.equal(other(images), second)

    def test_evaluation_has_one_mask_and_counts_nothing(self):
        mask = RandomBlockMask().eval()
        images = torch.ones(2, 3, 32, 32)
        assert torch.equal(mask(images), mask(images)) and mask.num_batches_masked == 0

    def test_refuses(self):
        for arguments in (dict(missing=1.0), dict(missing=-0.1), dict(num_blocks=0)):
            with pytest.raises(ValueError, match='missing must be in'):
                RandomBlockMask(**arguments)


class TestHead:
    def test_untrained_weights(self):
        torch.manual_seed(0)
        head = LinkedKeypointBottleneck(dict(num_keypoints=32), (32, 32))
        weights = head.edge_weights()
        assert weights.shape == (496,) and (weights > 0).all()
        assert F.softplus(torch.tensor(-4.0)).item() == pytest.approx(0.018150, abs=5e-7)
        logits = head.logit_scale * head.scaled_logits
        assert logits.mean().item() == pytest.approx(-4, abs=0.02)
        assert logits.std().item() == pytest.approx(0.1, rel=0.1)
        # Every one is above the released threshold of 0.01, and none is told from the others by a relative one.
        assert weights.min() > 0.01 and len(head.learned_links()) == 496

    def test_only_pairs_are_trained(self):
        head = MODELS.build(head_config())
        head.render(torch.rand(2, K, 2) - 0.5).sum().backward()
        gradient = head.scaled_logits.grad
        assert gradient.tril().abs().sum() == 0 and gradient.triu(1).abs().sum() > 0

    def test_the_factor_is_a_learning_rate(self):
        """AdamW with theta = logit / 512 does what it does with the logit, 512 times the rate, 1/512 of the decay."""
        theta = torch.full((2, 2), -4 / 512, dtype=torch.float64, requires_grad=True)
        logit = torch.full((2, 2), -4.0, dtype=torch.float64, requires_grad=True)
        optimizers = [
            torch.optim.AdamW([theta], lr=1e-4, weight_decay=1e-3, eps=0),
            torch.optim.AdamW([logit], lr=512e-4, weight_decay=1e-3 / 512, eps=0),
        ]
        generator = torch.Generator().manual_seed(0)
        for _ in range(200):
            target = torch.rand(2, 2, generator=generator, dtype=torch.float64)
            for optimizer, value in zip(optimizers, (512 * theta, logit), strict=True):
                optimizer.zero_grad()
                (F.softplus(value) - target).square().sum().backward()
                optimizer.step()
        assert torch.allclose(512 * theta, logit, rtol=1e-9) and (logit + 4).abs().min() > 1

    def test_keypoints_are_expected_positions(self):
        head = MODELS.build(head_config(in_channels=K))
        nn.init.dirac_(head.final_layer.weight)
        nn.init.zeros_(head.final_layer.bias)
        feats = torch.zeros(1, K, 8, 8)
        feats[0, 1, 7, 0] = 100.0
        keypoints = head(([], feats)[1:])
        assert torch.allclose(keypoints[0, 0], torch.zeros(2), atol=1e-6)
        assert torch.allclose(keypoints[0, 1], torch.tensor([-1.0, 1.0]), atol=1e-5)

    def test_predicts_pixels_and_heatmaps(self):
        head = MODELS.build(head_config(input_size=(64, 32)))
        feats = (torch.randn(2, 4, 8, 16),)
        samples = batch()['data_samples']
        for sample in samples:
            sample.set_metainfo(dict(input_size=(64, 32)))
        predictions, fields = head.predict(feats, samples, dict(output_heatmaps=True))
        expected = (head(feats) + 1) / 2 * torch.tensor([63.0, 31.0])
        assert torch.allclose(torch.from_numpy(predictions[1].keypoints[0]).float(), expected[1], atol=1e-4)
        assert fields[0].heatmaps.shape == (K, 8, 16)
        assert torch.allclose(fields[0].heatmaps.sum(dim=(1, 2)), torch.ones(K))
        samples[0].set_metainfo(dict(input_size=(32, 32)))
        with pytest.raises(ValueError, match='input_size'):
            head.predict(feats, samples)

    @pytest.mark.parametrize('views', [1, 2])
    def test_heatmaps_are_computed_once(self, views):
        head = MODELS.build(head_config(metainfo=METAINFO))
        calls = []
        head.final_layer.register_forward_hook(lambda *_: calls.append(1))
        feats = [torch.randn(2, 4, 8, 8) for _ in range(views)]
        test_cfg = dict(flip_test=views == 2, output_heatmaps=True)
        head.predict(feats if views == 2 else feats[0], batch()['data_samples'], test_cfg)
        assert len(calls) == views

    def test_flip_test_needs_names(self):
        head = MODELS.build(head_config())
        with pytest.raises(ValueError, match='flip_test'):
            head.predict([torch.zeros(2, 4, 8, 8)] * 2, batch()['data_samples'], dict(flip_test=True))
        named = MODELS.build(head_config(metainfo=METAINFO))
        predictions = named.predict([torch.zeros(2, 4, 8, 8)] * 2, batch()['data_samples'], dict(flip_test=True))
        assert predictions[0].keypoints.shape == (1, 4, 2)

    def test_trains_with_labels(self):
        head = MODELS.build(head_config())
        samples = batch()['data_samples']
        for sample in samples:
            encoded = RegressionLabel((SIZE, SIZE)).encode(torch.full((1, K, 2), 8.0).numpy())
            sample.gt_instance_labels.keypoint_labels = torch.from_numpy(encoded['keypoint_labels'])
            sample.gt_instance_labels.keypoint_weights = torch.from_numpy(encoded['keypoint_weights'])
        head.loss((torch.randn(2, 4, 8, 8),), samples)['loss_keypoints'].backward()
        assert head.final_layer.weight.grad.abs().sum() > 0

    def test_learned_metainfo_is_a_skeleton(self):
        head = MODELS.build(head_config(metainfo=METAINFO))
        with torch.no_grad():
            head.scaled_logits.fill_(-4 / 512)
            head.scaled_logits[0, 1] = head.scaled_logits[1, 3] = 2 / 512
        skeleton = Skeleton.from_metainfo(head.learned_metainfo())
        assert skeleton.links == ((0, 1), (1, 3)) and skeleton.keypoint_names[3] == 'right_foot'
        assert len(Skeleton.from_metainfo(head.learned_metainfo('tree')).links) == 3
        with pytest.raises(ValueError, match="'strong' or 'tree', got 'all'"):
            head.learned_links('all')

    @pytest.mark.parametrize(
        ('changes', 'message'),
        [
            (dict(input_size=(40, 32)), 'multiples of 16'),
            (dict(metainfo=dict(num_keypoints=1)), 'at least 2 keypoints'),
            (dict(sigma_squared=0), 'must be positive'),
            (dict(logit_scale=-1), 'must be positive'),
        ],
    )
    def test_refuses(self, changes, message):
        with pytest.raises(ValueError, match=message):
            MODELS.build(head_config(**changes))


class TestFeatureL1Loss:
    def test_by_hand(self):
        """Constant images: both averages differ by 127.5 / 58.395 times 0.5 and so on, channel by channel."""
        loss = FeatureL1Loss(PYRAMID, resize=None, loss_weight=2.0)
        value = loss(torch.full((1, 3, 8, 8), 0.5), torch.zeros(1, 3, 8, 8))
        expected = 2 * 2 * 63.75 * sum(1 / std for std in (58.395, 57.12, 57.375)) / 3
        assert value.item() == pytest.approx(expected, rel=1e-5)
        assert loss.train()(torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)) == 0
        assert not loss.state_dict()

    def test_the_released_layers(self):
        loss = FeatureL1Loss(
            dict(type='mmpretrain.VGG', depth=16),
            layers=['features.1', 'features.4', 'features.8', 'features.12'],
            untrained_seed=0,
            resize=(64, 64),
        )
        with torch.no_grad():
            features = loss.features(torch.rand(1, 3, 32, 32))
        assert [tuple(f.shape[1:]) for f in features] == [(64, 64, 64), (128, 32, 32), (256, 16, 16), (512, 8, 8)]
        assert all(f.min() == 0 for f in features)
        up_to_relu4_3 = nn.ModuleList([loss.extractor.features[index] for index in range(13)])
        assert num_parameters(up_to_relu4_3) == 7_635_264

    def test_gradient(self):
        loss = FeatureL1Loss(PYRAMID, resize=(24, 24))
        reconstruction, image = torch.rand(1, 3, 16, 16, requires_grad=True), torch.rand(1, 3, 16, 16)
        image.requires_grad_()
        loss(reconstruction, image).backward()
        assert reconstruction.grad.abs().sum() > 0 and image.grad is None


class TestEstimator:
    def test_loss_reaches_everything(self, model, images):
        model.train()
        losses = model(images, batch()['data_samples'], mode='loss')
        assert set(losses) == {'loss_reconstruction', 'largest_weight', 'num_edges'} and losses['num_edges'] == 10
        losses['loss_reconstruction'].backward()
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None and torch.isfinite(parameter.grad).all(), name
        assert (
            model.head.scaled_logits.grad.abs().sum() > 0 and model.backbone.down[0].widen.weight.grad.abs().sum() > 0
        )

    def test_learns_with_one_optimiser(self, model):
        wrapper = build_optim_wrapper(model, dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-2)))
        losses = [model.train_step(batch(), wrapper)['loss'].item() for _ in range(30)]
        assert sum(losses[-5:]) < 0.7 * sum(losses[:5])
        assert model.mask.num_batches_masked == 30

    def test_autocast(self, model, images):
        with torch.autocast('cpu', torch.bfloat16):
            losses = model.loss(images)
        assert losses['loss_reconstruction'].dtype == torch.float32 and torch.isfinite(losses['loss_reconstruction'])

    def test_predicts_and_says_how_well_it_repaints(self, model, images):
        samples = batch()['data_samples']
        model.eval()
        first = model(images, samples, mode='predict')[0]
        assert first.pred_instances.keypoints.shape == (1, K, 2) and 'reconstruction_error' not in first
        model.test_cfg = dict(reconstruct=True)
        first, second = model(images, samples, mode='predict')
        visuals = model.visuals(images)
        expected = (visuals['reconstructions'] - visuals['images']).abs().mean(dim=(1, 2, 3)) / 2
        assert first.reconstruction_error == pytest.approx(expected[0].item(), rel=1e-5)
        assert first.copy_reference_error == pytest.approx(second.copy_reference_error, rel=1e-5)
        assert 'reconstruction_error' not in model(images[:1], batch(1)['data_samples'], mode='predict')[0]

    def test_visuals(self, model, images):
        model.eval()
        visuals = model.visuals(images, images)
        for name in ('images', 'references', 'reconstructions'):
            assert visuals[name].shape == (2, 3, SIZE, SIZE)
        for name in ('skeletons', 'clean_skeletons'):
            assert visuals[name].shape == (2, 1, SIZE, SIZE)
            assert visuals[name].min() >= -1 and visuals[name].max() <= 1
        assert visuals['keypoints'].shape == (2, K, 2)
        assert visuals['skeleton_links'] == model.head.learned_links()
        blanked = (visuals['references'] == 0).all(dim=1)
        assert 0.6 < blanked.float().mean() < 0.95
        assert torch.allclose(visuals['images'], images, atol=1e-5) and model.mask.num_batches_masked == 0

    def test_backbones_of_mmpose(self):
        narrow = dict(type='mmpose.ResNet', depth=18, base_channels=4, stem_channels=4, out_indices=(1,))
        model = MODELS.build(autolink_config(backbone=narrow, head=head_config(in_channels=8)))
        assert torch.isfinite(model.loss(torch.rand(2, 3, SIZE, SIZE))['loss_reconstruction'])

    def test_refuses(self, model):
        with pytest.raises(ValueError, match=r'images have \(32, 48\) pixels .* expects \(32, 32\)'):
            model.loss(torch.zeros(1, 3, 32, 48))
        with pytest.raises(ValueError, match='flip_test'):
            MODELS.build(autolink_config(test_cfg=dict(flip_test=True)))
