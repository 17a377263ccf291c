"""A model of a few numbers, its data and metric, and configurations for both stages of a training."""

import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel, BaseModule
from torch import nn
from torch.utils.data import Dataset

from kpgan_mm.registry import DATASETS, METRICS, MODELS
from tests.toys import forget_runs, load_tool  # noqa: F401  (for the tests of this folder)


@MODELS.register_module(force=True)
class ToyRegressor(BaseModule):
    def __init__(self, init_cfg=None):
        super().__init__(init_cfg)
        self.layer = nn.Linear(2, 2)


class ToyHead(BaseModule):
    def __init__(self, regressor):
        super().__init__()
        self.regressor = MODELS.build(dict(type='kpgan_mm.ToyRegressor', **(regressor or {})))


@MODELS.register_module(force=True)
class ToyEstimator(BaseModel):
    """Two linear layers; trains the second only if `regressor_only`."""

    def __init__(self, head=None, regressor_only=False, data_preprocessor=None):
        super().__init__(data_preprocessor)
        self.backbone = nn.Linear(2, 2)
        self.head = ToyHead((head or {}).get('regressor'))
        self.backbone.requires_grad_(not regressor_only)
        self.register_buffer('steps', torch.zeros((), dtype=torch.long))

    def forward(self, inputs, targets=None, mode='loss'):
        outputs = self.head.regressor.layer(self.backbone(torch.stack(inputs)))
        if mode == 'predict':
            return [dict(error=float(error)) for error in (outputs - torch.stack(targets)).abs().mean(dim=1)]
        self.steps += 1
        return dict(loss=((outputs - torch.stack(targets)) ** 2).mean())


@DATASETS.register_module(force=True)
class ToyDataset(Dataset):
    """Sixteen fixed pairs. Its metainfo has arrays, as MMPose's has."""

    def __init__(self, root=None, prior=None):
        if root is not None:
            assert Path(root).is_dir()
        self.metainfo = dict(
            dataset_name='toy',
            keypoint_colors=np.arange(6, dtype=np.uint8).reshape(2, 3),
            sigmas=np.array([0.1, 0.2], np.float32),
            keypoint_id2name={0: 'nose', 1: 'tail'},
            keypoint_name2id={'nose': 0, 'tail': 1},
            skeleton_links=[(0, 1)],
        )

    def __len__(self):
        return 16

    def __getitem__(self, index):
        inputs = torch.tensor([index / 16, 1 - index / 16])
        return dict(inputs=inputs, targets=inputs.flip(0))


@METRICS.register_module(force=True)
class ToyMetric(BaseMetric):
    def process(self, data_batch, data_samples):
        self.results.extend(sample['error'] for sample in data_samples)

    def compute_metrics(self, results):
        return dict(error=np.float32(np.mean(results)), per_joint=np.ones(2), constant=1.0)


COMMON = """
default_scope = 'mmpose'
custom_imports = dict(imports=['kpgan_mm'], allow_failed_imports=False)
env_cfg = dict(cudnn_benchmark=False, mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0))
randomness = dict(seed=0)
log_processor = dict(type='LogProcessor', window_size=3, by_epoch=False)
default_hooks = dict(
    logger=dict(type='LoggerHook', interval=1, log_metric_by_epoch=False),
    checkpoint=dict(type='CheckpointHook', interval=2, by_epoch=False, save_best='toy/error', rule='less'),
    visualization=dict(type='PoseVisualizationHook', enable=False))
custom_hooks = [dict(type='kpgan_mm.PlainCheckpointHook')]
visualizer = dict(type='PoseLocalVisualizer', vis_backends=[dict(type='LocalVisBackend')], name='visualizer')
data_root = 'data/toy/'
dataset = dict(type='kpgan_mm.ToyDataset', root=data_root)
train_dataloader = dict(
    batch_size=4, num_workers=0, dataset=dataset, sampler=dict(type='InfiniteSampler', shuffle=True),
    collate_fn=dict(type='pseudo_collate'))
val_dataloader = dict(
    batch_size=4, num_workers=0, dataset=dataset, sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='pseudo_collate'))
test_dataloader = val_dataloader
val_evaluator = dict(type='kpgan_mm.ToyMetric', prefix='toy')
test_evaluator = val_evaluator
train_cfg = dict(type='IterBasedTrainLoop', max_iters=6, val_interval=3)
val_cfg = dict()
test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='Adam', lr=0.01))
param_scheduler = [dict(type='MultiStepLR', milestones=[4], by_epoch=False, end=100)]
auto_scale_lr = dict(base_batch_size=16)
data_help = 'Make it with tools/convert_toy.py.'
"""


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The current folder: data/toy, and configs with main.py, which asks for regressor.py, and alone.py."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'data' / 'toy').mkdir(parents=True)
    files = {
        'regressor.py': "model = dict(type='kpgan_mm.ToyEstimator', regressor_only=True)",
        'alone.py': "model = dict(type='kpgan_mm.ToyEstimator', head=dict())",
        'main.py': """
            model = dict(type='kpgan_mm.ToyEstimator', head=dict())
            regressor_pretraining = 'regressor.py'
            """,
    }
    (tmp_path / 'configs').mkdir()
    for name, text in files.items():
        (tmp_path / 'configs' / name).write_text(COMMON + textwrap.dedent(text))
    return tmp_path
