"""IMM: its networks, its bottleneck, its estimator."""

import numpy as np
import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.structures import InstanceData
from mmpose.codecs import RegressionLabel
from mmpose.structures import PoseDataSample
from torch import nn

from kpgan_mm.geometry import gaussian_maps
from kpgan_mm.models import ConditionalGenerator, GaussianBottleneck, HeatmapConditionalGenerator, HeatmapEncoder
from kpgan_mm.registry import MODELS
from tests.toys import METAINFO, SIZE, batch

K = 5


def imm_config(**changes) -> dict:
    """An IMM with two channels at full resolution."""
    return (
        dict(
            type='kpgan_mm.IMM',
            backbone=dict(type='kpgan_mm.HeatmapEncoder', num_keypoints=K, base_channels=2),
            head=dict(type='kpgan_mm.GaussianBottleneck', metainfo=dict(num_keypoints=K), input_size=(SIZE, SIZE)),
            generator=dict(type='kpgan_mm.HeatmapConditionalGenerator', num_keypoints=K, base_channels=2),
            reconstruction_loss=dict(
                type='kpgan_mm.PerceptualLoss', extractor=dict(type='kpgan_mm.ImagePyramid', num_levels=2)
            ),
        )
        | changes
    )


def num_parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


class TestNetworks:
    """Jakab, Gupta et al. 2018 with 10 keypoints and the released widths."""

    # Of the trunk's convolutions: 7 x 7, then 3 x 3.
    TRUNK = 49 * 3 * 32 + 9 * (32 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 128 * 128 + 128 * 256 + 256 * 256)
    TRUNK_WIDTHS = 2 * (32 + 64 + 128 + 256)
    DECODER = 9 * (266 * 256 + 256 * 256 + 256 * 128 + 128 * 128 + 128 * 64 + 64 * 64 + 64 * 32 + 32 * 3) + 3
    DECODER_WIDTHS = 2 * 256 + 2 * 128 + 2 * 64 + 32

    def test_parameters(self):
        encoder, generator = HeatmapEncoder(10), HeatmapConditionalGenerator(10)
        # Every width once more as scale and once as shift of its batch norm.
        assert num_parameters(encoder) == self.TRUNK + 2 * self.TRUNK_WIDTHS + 2560 == 1_179_616
        expected = self.TRUNK + 2 * self.TRUNK_WIDTHS + self.DECODER + 2 * self.DECODER_WIDTHS
        assert num_parameters(generator) == expected == 2_953_859

    def test_what_the_release_has_beyond_that_does_nothing(self):
        """Biases before a batch norm, of the maps (a softmax takes no notice), and of six channels thrown away."""
        without_effect = 2 * self.TRUNK_WIDTHS + 10 + self.DECODER_WIDTHS + 6 * (9 * 32 + 1)
        assert 1_179_616 + 2_953_859 + without_effect == 4_138_067

    def test_output_sizes(self):
        encoder, generator = HeatmapEncoder(10), HeatmapConditionalGenerator(10)
        with torch.no_grad():
            (heatmaps,) = encoder(torch.zeros(1, 3, 128, 128))
            assert heatmaps.shape == (1, 10, 16, 16)
            assert generator(heatmaps, torch.zeros(1, 3, 128, 128)).shape == (1, 3, 128, 128)

    def test_the_decoder_is_keypointgans(self):
        """But for the width of the code that goes in."""
        ours = HeatmapConditionalGenerator(10, base_channels=4).decoder.state_dict()
        theirs = ConditionalGenerator(base_channels=4).decoder.state_dict()
        assert list(ours) == list(theirs)
        assert [name for name in ours if ours[name].shape != theirs[name].shape] == ['0.0.weight']
        assert ours['0.0.weight'].shape[1] == 8 * 4 + 10

    def test_geometry_comes_through_the_maps_alone(self):
        """Where the appearance features are nothing, a change of the maps is a change of the picture."""
        torch.manual_seed(0)
        generator = HeatmapConditionalGenerator(1, base_channels=2).eval()
        generator.init_weights()
        reference = torch.zeros(1, 3, 32, 32)
        here, there = (gaussian_maps(torch.tensor([[[x, 0.0]]]), (4, 4), 0.5) for x in (-0.9, 0.9))
        assert not torch.equal(generator(here, reference), generator(there, reference))


class TestGaussianBottleneck:
    @pytest.fixture
    def head(self) -> GaussianBottleneck:
        return GaussianBottleneck(metainfo=METAINFO, input_size=(SIZE, 2 * SIZE))

    @staticmethod
    def heatmaps(columns: list[int], rows: list[int]) -> torch.Tensor:
        """Maps ``(1, K, 8, 4)`` with a certain column and row each."""
        maps = torch.zeros(1, len(columns), 8, 4)
        for k, (column, row) in enumerate(zip(columns, rows, strict=True)):
            maps[0, k, :, column] += 1000
            maps[0, k, row] += 1000
        return maps

    def test_reads_and_draws(self, head):
        assert head.num_keypoints == 4
        keypoints = head((self.heatmaps([0, 3, 0, 3], [0, 7, 7, 0]),))
        torch.testing.assert_close(keypoints, torch.tensor([[[-1.0, -1], [1, 1], [-1, 1], [1, -1]]]))
        maps = head.render(keypoints)
        assert maps.shape == (1, 4, 8, 4)
        assert [maps[0, k].argmax().item() for k in range(4)] == [0, 31, 28, 3]
        torch.testing.assert_close(maps, gaussian_maps(keypoints, (8, 4), 0.1))

    def test_predicts_pixels_of_the_input(self, head):
        """-1 is the centre of the first pixel, 1 that of the last, width and height apart."""
        predictions = head.predict((self.heatmaps([0, 3, 0, 3], [0, 7, 7, 0]),), [])
        assert np.allclose(predictions[0].keypoints, [[[0, 0], [31, 63], [0, 63], [31, 0]]], atol=1e-4)
        assert np.allclose(predictions[0].keypoint_scores, 1, atol=1e-4)  # peaks of a single pixel
        even = head.predict((torch.zeros(1, 4, 8, 4),), [])[0]
        assert (even.keypoint_scores < 0.1).all()

    def test_flip_test_with_known_swaps(self, head):
        """The mirrored picture is read as the mirrored figure: feet exchanged, columns reversed."""
        straight, mirrored = self.heatmaps([0, 1, 2, 3], [0, 1, 2, 3]), self.heatmaps([3, 2, 0, 1], [0, 1, 3, 2])
        plain = head.predict((straight,), [])[0].keypoints
        averaged = head.predict([(straight,), (mirrored,)], [], dict(flip_test=True))[0].keypoints
        assert np.allclose(averaged, plain, atol=1e-4)

    def test_flip_test_of_discovered_keypoints_is_refused(self):
        head = GaussianBottleneck(metainfo=dict(num_keypoints=4), input_size=(SIZE, SIZE))
        maps = torch.zeros(1, 4, 4, 4)
        with pytest.raises(ValueError, match='names no "swap": set model.test_cfg.flip_test=False'):
            head.predict([(maps,), (maps,)], [], dict(flip_test=True))
        assert len(head.predict((maps,), [])) == 1

    def test_maps_as_heatmap_field(self, head):
        maps = self.heatmaps([0, 1, 2, 3], [0, 1, 2, 3])
        _, fields = head.predict((maps,), [], dict(output_heatmaps=True))
        torch.testing.assert_close(fields[0].heatmaps, head.render(head(maps))[0])

    def test_supervised_loss_is_zero_at_the_labels(self, head):
        encoded = RegressionLabel((SIZE, 2 * SIZE)).encode(np.array([[[0.0, 0], [31, 63], [0, 63], [31, 0]]]))
        sample = PoseDataSample()
        sample.gt_instance_labels = InstanceData(**{key: torch.from_numpy(value) for key, value in encoded.items()})
        loss = head.loss((self.heatmaps([0, 3, 0, 3], [0, 7, 7, 0]),), [sample])['loss_keypoints']
        assert loss.item() == pytest.approx(0, abs=1e-10)

    def test_refuses_another_number_of_heatmaps_and_odd_sizes(self, head):
        with pytest.raises(ValueError, match='4 keypoints, but the backbone gives 9 heatmaps'):
            head((torch.zeros(1, 9, 8, 4),))
        with pytest.raises(ValueError, match='GaussianBottleneck: input_size must be .* multiples of 8'):
            GaussianBottleneck(metainfo=METAINFO, input_size=(36, 32))


class TestIMM:
    @pytest.fixture
    def model(self):
        torch.manual_seed(0)
        model = MODELS.build(imm_config())
        model.init_weights()
        return model

    def test_a_step_trains_both_networks_and_nothing_else(self, model):
        wrapper = build_optim_wrapper(
            model, dict(type='OptimWrapper', optimizer=dict(type='kpgan_mm.ClippedAdam', lr=1e-2))
        )
        before = {name: value.clone() for name, value in model.named_parameters()}
        logs = model.train_step(batch(), wrapper)
        assert set(logs) == {'loss', 'loss_reconstruction'} and torch.isfinite(logs['loss'])
        changed = {name for name, value in model.named_parameters() if not torch.equal(value, before[name])}
        assert changed == set(before) and {name.split('.')[0] for name in changed} == {'backbone', 'generator'}

    def test_the_image_gives_the_keypoints_and_the_reference_none(self, model):
        prepared = model.data_preprocessor(batch(), True)
        images, references = prepared['inputs'], prepared['ref_inputs']
        with torch.no_grad():
            seen = model.eval().visuals(images, references)
        torch.testing.assert_close(seen['keypoints'], model.head(model.extract_feat(images)))
        painted = model.generator(model.head.render(seen['keypoints']), references)
        torch.testing.assert_close(seen['reconstructions'], painted)
        # The reference's place in the batch does not matter to the keypoints.
        assert torch.equal(model.visuals(images, references.flip(0))['keypoints'], seen['keypoints'])

    def test_gradients_reach_the_detector_through_the_maps(self, model):
        data = model.data_preprocessor(batch(), True)
        model(**data, mode='loss')['loss_reconstruction'].backward()
        assert all(parameter.grad.abs().sum() > 0 for parameter in model.backbone.trunk.closing.parameters())

    def test_visuals(self, model):
        images = torch.rand(3, 3, SIZE, SIZE) * 2 - 1
        seen = model.eval().visuals(images)
        shapes = {name: tuple(value.shape[1:]) for name, value in seen.items()}
        assert shapes == dict(
            images=(3, SIZE, SIZE),
            references=(3, SIZE, SIZE),
            reconstructions=(3, SIZE, SIZE),
            skeletons=(1, SIZE // 8, SIZE // 8),
            clean_skeletons=(1, SIZE, SIZE),
            keypoints=(K, 2),
        )
        torch.testing.assert_close(seen['references'], images.roll(1, dims=0))
        large = gaussian_maps(seen['keypoints'], (SIZE, SIZE), 0.1)
        torch.testing.assert_close(seen['clean_skeletons'], 2 * large.amax(1, keepdim=True) - 1)
        assert not any(value.requires_grad for value in seen.values())

    def test_predicts_by_mmposes_contract(self, model):
        data = batch()
        data.pop('ref_inputs')
        samples = model.eval().test_step(data)
        keypoints = samples[0].pred_instances.keypoints
        assert keypoints.shape == (1, K, 2)
        # A crop of 64 pixels around (60, 40), read in 32.
        assert (keypoints >= [28, 8]).all() and (keypoints <= [92, 72]).all()
        assert len(model(model.data_preprocessor(data, False)['inputs'], mode='tensor')) == 2

    def test_refuses(self, model):
        with pytest.raises(ValueError, match='has no ref_inputs'):
            model(torch.zeros(1, 3, SIZE, SIZE), mode='loss')
        wide = torch.zeros(1, 3, SIZE, 2 * SIZE)
        with pytest.raises(ValueError, match=r'images have \(32, 64\) pixels'):
            model(wide, mode='loss', ref_inputs=wide)
        with pytest.raises(ValueError, match='flip_test'):
            MODELS.build(imm_config(test_cfg=dict(flip_test=True)))
