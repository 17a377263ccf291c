import random
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from torch import nn

from kpgan_mm.engine.hooks.contact_sheet_hook import ContactSheetHook, evaluation_mode, untouched_random_state
from kpgan_mm.registry import HOOKS

METAINFO = {'skeleton_links': [(0, 1)], 'keypoint_colors': np.array([[255, 0, 0], [0, 255, 0]])}


class VideoDataset:
    """Frames of two videos of six frames; a frame's value is its index."""

    metainfo = METAINFO

    def __init__(self, video_key='video_id', labelled=True):
        self.video_key = video_key
        self.labelled = labelled

    def __len__(self):
        return 12

    def get_data_info(self, index):
        return {self.video_key: index // 6}

    def __getitem__(self, index):
        np.random.rand()  # as a random transform would
        sample = PoseDataSample(
            metainfo=dict(input_size=(32, 32), input_center=np.array([16.0, 16.0]), input_scale=np.array([32.0, 32.0]))
        )
        sample.gt_instances = InstanceData(
            keypoints=np.full((1, 2, 2), 4.0), keypoints_visible=np.full((1, 2), float(self.labelled))
        )
        return {'inputs': torch.full((3, 32, 32), index, dtype=torch.uint8), 'data_samples': sample}


class PairDataset(VideoDataset):
    def __getitem__(self, index):
        return {**super().__getitem__(index), 'ref_inputs': torch.full((3, 32, 32), 100 + index, dtype=torch.uint8)}


class SeeingModel(nn.Module):
    """Records what it is asked to show; its backbone is in training mode, its extractor frozen."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.BatchNorm2d(3)
        self.extractor = nn.Dropout()
        self.train()
        self.extractor.eval()
        self.calls = []

    def data_preprocessor(self, data, training):
        assert training is False
        return {key: torch.stack(data[key]).float() for key in ('inputs', 'ref_inputs')}

    def visuals(self, inputs, ref_inputs):
        assert not self.backbone.training and not torch.is_grad_enabled()
        torch.rand(3), np.random.rand(), random.random()
        self.calls.append((inputs[:, 0, 0, 0].tolist(), ref_inputs[:, 0, 0, 0].tolist()))
        batch = len(inputs)
        return dict(
            images=torch.zeros(batch, 3, 32, 32),
            references=torch.zeros(batch, 3, 32, 32),
            reconstructions=torch.full((batch, 3, 32, 32), 1.5),
            skeletons=torch.zeros(batch, 1, 32, 32),
            clean_skeletons=torch.zeros(batch, 1, 32, 32),
            keypoints=torch.zeros(batch, 2, 2),
        )


class Backend:
    def __init__(self):
        self.images = []

    def add_image(self, name, image, step):
        self.images.append((name, image.shape, step))


def make_runner(tmp_path, dataset, iteration=0, max_iters=10, tensorboard=None, train_only=False):
    loader = SimpleNamespace(dataset=dataset)
    return SimpleNamespace(
        model=SeeingModel(),
        work_dir=str(tmp_path),
        iter=iteration,
        max_iters=max_iters,
        val_loop=None if train_only else SimpleNamespace(dataloader=loader),
        train_dataloader=loader,
        visualizer=SimpleNamespace(get_backend={'TensorboardVisBackend': tensorboard}.get),
    )


def test_saves_at_the_interval_and_at_the_end(tmp_path):
    hook = ContactSheetHook(interval=4, num_samples=3)
    runner = make_runner(tmp_path, VideoDataset())
    hook.before_train(runner)
    for runner.iter in range(10):
        hook.after_train_iter(runner, runner.iter)
    names = sorted(path.name for path in (tmp_path / 'contact_sheets').iterdir())
    assert names == ['iter_000004.jpg', 'iter_000008.jpg', 'iter_000010.jpg']
    # 7 rows with the labels, 3 columns
    assert cv2.imread(str(tmp_path / 'contact_sheets' / names[0])).shape == (7 * 132 + 4, 128 + 3 * 132, 3)
    assert len({str(call) for call in runner.model.calls}) == 1


def test_references_come_from_the_same_video(tmp_path):
    runner = make_runner(tmp_path, VideoDataset())
    ContactSheetHook(num_samples=3).save(runner)
    inputs, references = runner.model.calls[0]
    assert inputs == [2.0, 6.0, 10.0]
    # 2 frames ahead, 5 ahead, 2 back: more would leave the video
    assert references == [4.0, 11.0, 8.0]


def test_references_without_videos(tmp_path):
    runner = make_runner(tmp_path, VideoDataset(video_key='unknown', labelled=False))
    ContactSheetHook(num_samples=3).save(runner)
    inputs, references = runner.model.calls[0]
    assert references == [6.0, 10.0, 2.0]
    sheet = cv2.imread(str(tmp_path / 'contact_sheets' / 'iter_000001.jpg'))
    assert sheet.shape[0] == 6 * 132 + 4


def test_training_pairs_without_validation(tmp_path):
    runner = make_runner(tmp_path, PairDataset(), train_only=True)
    ContactSheetHook(num_samples=2).save(runner)
    assert runner.model.calls[0] == ([0.0, 1.0], [100.0, 101.0])


def test_training_is_not_disturbed(tmp_path):
    runner = make_runner(tmp_path, VideoDataset())
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    expected = torch.rand(2).tolist(), np.random.rand(), random.random()
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    ContactSheetHook(num_samples=2).save(runner)
    assert (torch.rand(2).tolist(), np.random.rand(), random.random()) == expected
    assert runner.model.training and runner.model.backbone.training and not runner.model.extractor.training


def test_random_state_is_put_back_after_an_error():
    torch.manual_seed(1)
    expected = torch.rand(1).item()
    torch.manual_seed(1)
    with pytest.raises(RuntimeError), untouched_random_state(), evaluation_mode(nn.Dropout()):
        torch.rand(5)
        raise RuntimeError
    assert torch.rand(1).item() == expected


def test_keypoints_of_the_heads_own_are_drawn_with_its_own_metainfo(tmp_path):
    """Two labelled joints, three discovered keypoints: no labels, no links, and colours for all three."""
    model = SeeingModel()
    seen = model.visuals
    model.visuals = lambda *arguments: seen(*arguments) | dict(keypoints=torch.zeros(2, 3, 2))
    model.head = nn.Module()
    model.head.keypoint_metainfo = {'skeleton_links': [], 'keypoint_colors': np.full((3, 3), 9)}
    runner = make_runner(tmp_path, VideoDataset())
    runner.model = model
    ContactSheetHook(num_samples=2).save(runner)
    sheet = cv2.imread(str(next(tmp_path.glob('contact_sheets/*.jpg'))))
    # Image, reference, both skeletons, reconstruction, prediction; a seventh row would be the labels.
    assert sheet.shape[0] == 6 * 132 + 4


def test_tensorboard(tmp_path):
    backend = Backend()
    ContactSheetHook(num_samples=1).save(make_runner(tmp_path, VideoDataset(), iteration=7, tensorboard=backend))
    assert backend.images == [('contact_sheet', (7 * 132 + 4, 128 + 132, 3), 8)]


def test_refuses_early(tmp_path):
    assert HOOKS.get('kpgan_mm.ContactSheetHook') is ContactSheetHook
    with pytest.raises(ValueError, match='at least 1'):
        ContactSheetHook(interval=0)
    runner = make_runner(tmp_path, VideoDataset())
    runner.model = nn.Linear(1, 1)
    with pytest.raises(ValueError, match='Linear has no method visuals'):
        ContactSheetHook().before_train(runner)
