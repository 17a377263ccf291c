import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.codecs import RegressionLabel
from mmpose.structures import PoseDataSample

from kpgan_mm.models import SkeletonBottleneck
from tests.toys import METAINFO, SIZE, head_config


@pytest.fixture
def head() -> SkeletonBottleneck:
    torch.manual_seed(0)
    config = head_config()
    config.pop('type')
    return SkeletonBottleneck(**config)


class FixedReading(torch.nn.Module):
    """A regressor that reads the same keypoints off everything."""

    def __init__(self, keypoints: torch.Tensor) -> None:
        super().__init__()
        self.keypoints = torch.nn.Parameter(keypoints)

    def forward(self, skeleton: torch.Tensor) -> torch.Tensor:
        return self.keypoints.expand(len(skeleton), -1, -1)


def test_links_and_number_of_joints_come_from_the_metainfo(head):
    assert head.skeleton.links == ((0, 1), (1, 2), (1, 3))
    keypoints = head((torch.zeros(2, 1, SIZE, SIZE),))
    assert keypoints.shape == (2, 4, 2)
    assert head.render(keypoints).shape == (2, 1, SIZE, SIZE)


def test_predicts_pixels_of_the_input(head):
    """Corner and centre: -1 is the centre of the first pixel, 1 that of the last."""
    head.regressor = FixedReading(torch.tensor([[[-1.0, -1.0], [1.0, 1.0], [0.0, 0.0], [1.0, -1.0]]]))
    predictions = head.predict((torch.zeros(2, 1, SIZE, SIZE),), [])
    expected = [[0, 0], [31, 31], [15.5, 15.5], [31, 0]]
    assert predictions[1].keypoints.shape == (1, 4, 2)
    assert np.allclose(predictions[1].keypoints[0], expected, atol=1e-5)


def test_scores_say_how_well_the_clean_skeleton_explains_the_raw_one(head):
    """The first figure is drawn where it is read, of the second half is missing."""
    keypoints = torch.tensor([[[-0.8, -0.8], [-0.8, 0.8], [0.8, 0.8], [0.8, -0.8]]])
    head.regressor = FixedReading(keypoints)
    whole = head.render(keypoints)
    cut = whole.clone()
    cut[..., SIZE // 2 :] = -1
    scores = [p.keypoint_scores for p in head.predict((torch.cat([whole, cut]),), [])]
    assert scores[0].shape == (1, 4) and scores[0].dtype == np.float32
    assert np.allclose(scores[0], 1, atol=1e-5)
    assert (scores[1][0, :2] > 0.99).all() and (scores[1][0, 2:] < 0.5).all()


def test_flip_test_averages_the_scores_of_both_readings(head):
    """Keypoint 2 mirrors 3: the mirrored picture lacks the right half, where its keypoints 2 and 3 are ours 3 and 2."""
    keypoints = torch.tensor([[[-0.8, -0.8], [-0.8, 0.8], [0.8, 0.8], [0.8, -0.8]]])
    head.regressor = FixedReading(keypoints)
    whole = head.render(keypoints)
    cut = whole.clone()
    cut[..., SIZE // 2 :] = -1
    straight, mirrored = head.predict((whole,), [])[0], head.predict((cut,), [])[0]
    both = head.predict([(whole,), (cut,)], [], dict(flip_test=True))[0]
    expected = (straight.keypoint_scores + mirrored.keypoint_scores[:, [0, 1, 3, 2]]) / 2
    assert np.allclose(both.keypoint_scores, expected)
    assert expected[0, 2] < 0.8 < expected[0, 0]


def test_calibrated_scores(head):
    head.regressor = FixedReading(torch.tensor([[[-0.8, -0.8], [-0.8, 0.8], [0.8, 0.8], [0.8, -0.8]]]))
    feats = (torch.full((1, 1, SIZE, SIZE), -0.5),)
    raw = head.predict(feats, [])[0]
    head.calibration.slope.fill_(2.0)
    assert np.array_equal(head.predict(feats, [])[0].keypoint_scores, raw.keypoint_scores)
    head.calibration.within.fill_(0.05)
    changed = head.predict(feats, [])[0]
    logits = np.log(raw.keypoint_scores / (1 - raw.keypoint_scores))
    assert np.allclose(changed.keypoint_scores, 1 / (1 + np.exp(-2 * logits)), atol=1e-6)
    assert np.array_equal(changed.keypoints, raw.keypoints)


def test_flip_test_of_a_mirrored_reading_changes_nothing(head):
    """If the mirrored image is read as the mirrored pose, the average is the pose itself."""
    keypoints = torch.tensor([[[0.1, -0.5], [0.2, 0.0], [0.6, 0.5], [-0.4, 0.5]]])
    mirrored = keypoints[:, [0, 1, 3, 2]] * torch.tensor([-1.0, 1.0])
    straight, flipped = torch.zeros(1, 1, SIZE, SIZE), torch.ones(1, 1, SIZE, SIZE)
    head.regressor = torch.nn.Module()
    head.regressor.forward = lambda skeleton: keypoints if skeleton.sum() == 0 else mirrored
    plain = head.predict((straight,), [])[0].keypoints
    averaged = head.predict([(straight,), (flipped,)], [], dict(flip_test=True))[0].keypoints
    assert np.allclose(averaged, plain, atol=1e-5)


def test_skeleton_image_as_heatmap_field(head):
    skeleton = torch.randn(1, 1, SIZE, SIZE)
    _, fields = head.predict((skeleton,), [], dict(output_heatmaps=True))
    assert torch.equal(fields[0].heatmaps, skeleton[0])


def test_judge_reads_the_clean_skeleton_and_stays_frozen():
    config = head_config(judge=dict(base_channels=2))
    config.pop('type')
    head = SkeletonBottleneck(**config).train()
    assert not head.judge.training and not any(p.requires_grad for p in head.judge.parameters())
    head.judge = FixedReading(torch.zeros(1, 4, 2))
    prediction = head.predict((torch.zeros(1, 1, SIZE, SIZE),), [])[0]
    assert np.allclose(prediction.keypoints_judge, np.full((1, 4, 2), 15.5))


def test_supervised_loss_is_zero_at_the_labels_and_ignores_invisible_joints(head):
    pixels = np.array([[[4.0, 5.0], [20.0, 9.0], [30.0, 31.0], [8.0, 8.0]]])
    visible = np.array([[1.0, 1.0, 1.0, 0.0]])
    encoded = RegressionLabel((SIZE, SIZE)).encode(pixels, visible)
    sample = PoseDataSample()
    sample.gt_instance_labels = InstanceData(**{key: torch.from_numpy(value) for key, value in encoded.items()})
    keypoints = torch.from_numpy(pixels).float() * 2 / 31 - 1
    keypoints[0, 3] = 0.9
    head.regressor = FixedReading(keypoints)
    loss = head.loss((torch.zeros(1, 1, SIZE, SIZE),), [sample])['loss_keypoints']
    assert loss.item() == pytest.approx(0, abs=1e-10)
    head.regressor.keypoints.data[0, 0, 0] += 0.1
    loss = head.loss((torch.zeros(1, 1, SIZE, SIZE),), [sample])['loss_keypoints']
    loss.backward()
    assert loss > 0 and head.regressor.keypoints.grad[0, 3].abs().sum() == 0


def test_features_of_a_plain_backbone_are_refused(head):
    with pytest.raises(ValueError, match='SkeletonDecoder'):
        head((torch.zeros(1, 16, 4, 4),))


def test_metainfo_without_links_is_refused():
    with pytest.raises(ValueError, match='links no joints'):
        SkeletonBottleneck(metainfo=dict(METAINFO, skeleton_info={}), input_size=(SIZE, SIZE))


@pytest.mark.parametrize('input_size', [(100, 64), (64, 60), (0, 64), (64,)])
def test_sizes_that_eta_cannot_reduce_are_refused(input_size):
    with pytest.raises(ValueError, match='input_size must be .* multiples of 8 pixels, got'):
        SkeletonBottleneck(metainfo=METAINFO, input_size=input_size)


def test_samples_of_another_size_are_refused():
    """Width and height are told apart."""
    head = SkeletonBottleneck(METAINFO, input_size=(SIZE, 2 * SIZE), regressor=dict(base_channels=2))
    skeleton = torch.zeros(1, 1, 2 * SIZE, SIZE)
    assert len(head.predict((skeleton,), [PoseDataSample(metainfo=dict(input_size=np.array([SIZE, 2 * SIZE])))])) == 1
    assert len(head.predict((skeleton,), [PoseDataSample()])) == 1
    with pytest.raises(ValueError, match=r'input_size \(64, 32\), but the head has input_size \(32, 64\)'):
        head.predict((skeleton,), [PoseDataSample(metainfo=dict(input_size=(2 * SIZE, SIZE)))])
