from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmengine.runner import Runner
from mmengine.structures import InstanceData
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.structures import PoseDataSample
from mmpose.visualization import PoseLocalVisualizer

from kpgan_mm.engine import CropVisualizationHook
from tests.small_runs import puppet_config
from tests.toys import METAINFO

META = parse_pose_metainfo(METAINFO)


class Recorder:
    """Stands for the visualiser, and remembers what it was to draw."""

    def __init__(self):
        self.calls = []

    def set_dataset_meta(self, meta):
        self.meta = meta

    def add_datasample(self, name, image, sample, **options):
        self.calls.append((name, image, sample.pred_instances.keypoints, options))


@pytest.fixture
def hook(monkeypatch):
    PoseLocalVisualizer.get_instance('hook')

    def make(**changes):
        made = CropVisualizationHook(enable=True, **changes)
        made._visualizer = Recorder()
        return made

    return make


@pytest.fixture
def runner(tmp_path):
    evaluator = SimpleNamespace(dataset_meta=META)
    return SimpleNamespace(
        iter=0,
        work_dir=str(tmp_path),
        timestamp='now',
        model=torch.nn.Module(),
        val_evaluator=evaluator,
        test_evaluator=evaluator,
    )


def samples(number):
    """Crops of 64 x 32 pixels out of a box of 128 x 64 pixels whose corner is at (10, 20)."""
    crops, outputs = [], []
    for index in range(number):
        crops.append(torch.full((3, 32, 64), index, dtype=torch.uint8))
        crops[-1][0, 5, 7] = 255  # blue
        sample = PoseDataSample(
            metainfo=dict(input_size=(64, 32), input_center=np.array([74, 52]), input_scale=np.array([128, 64]))
        )
        keypoints = np.tile([24.0, 30.0], (1, 4, 1))  # the crop's (7, 5)
        sample.pred_instances = InstanceData(keypoints=keypoints, keypoint_scores=np.ones((1, 4)))
        outputs.append(sample)
    return dict(inputs=crops), outputs


def test_keypoints_lie_on_the_enlarged_crop(hook, runner):
    hook = hook()
    hook.after_test_iter(runner, 0, *samples(1))
    ((name, image, keypoints, options),) = hook._visualizer.calls
    assert name == 'test_img' and options['out_file'] is None
    # The smaller side, 32, becomes 256: each pixel eight, and pixel 7 centred at 7.5 * 8 - 0.5.
    assert image.shape == (256, 512, 3)
    assert keypoints.tolist() == [[[59.5, 43.5]] * 4]
    brightest = np.argwhere(image[..., 2] == image[..., 2].max()).mean(axis=0)  # RGB now
    assert np.allclose(brightest, [43.5, 59.5], atol=1)


def test_every_so_many_samples_over_batches(hook, runner, tmp_path):
    hook = hook(interval=2, out_dir='pictures')
    hook.after_test_iter(runner, 0, *samples(3))
    hook.after_test_iter(runner, 1, *samples(2))
    files = [options['out_file'] for *_, options in hook._visualizer.calls]
    assert files == [str(tmp_path / 'now' / 'pictures' / f'{index:06d}.png') for index in (0, 2, 4)]


def test_validation_shows_one_sample_now_and_then(hook, runner):
    hook = hook(interval=10)
    for runner.iter in (5, 10, 15, 20):
        hook.after_val_iter(runner, 0, *samples(2))
    shown = [(name, options['step']) for name, *_, options in hook._visualizer.calls]
    assert shown == [('val_img', 10), ('val_img', 20)]
    assert hook._visualizer.meta is META


def test_keypoints_of_the_heads_own_are_drawn_with_its_own_metainfo(hook, runner):
    hook = hook()
    runner.model.head = torch.nn.Module()
    runner.model.head.keypoint_metainfo = {'dataset_name': 'discovered'}
    hook.after_test_iter(runner, 0, *samples(1))
    assert hook._visualizer.meta is runner.model.head.keypoint_metainfo


def test_switched_off(hook, runner):
    hook = hook()
    hook.enable = False
    hook.after_test_iter(runner, 0, *samples(1))
    hook.after_val_iter(runner, 0, *samples(1))
    assert not hook._visualizer.calls


def test_frames_that_are_no_files(tmp_path):
    """Puppets, by the real visualiser."""
    cfg = puppet_config(tmp_path, 1)
    cfg.default_hooks.visualization.update(enable=True, out_dir='pictures', interval=2)
    Runner.from_cfg(cfg).test()
    pictures = sorted(tmp_path.glob('*/pictures/*'))
    assert [file.name for file in pictures] == ['000000.png', '000002.png']
    assert cv2.imread(str(pictures[0])).shape == (256, 256, 3)
