from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from kpgan_mm.engine import LearnedSkeletonHook
from kpgan_mm.registry import MODELS

HEAD = dict(
    type='kpgan_mm.LinkedKeypointBottleneck', metainfo=dict(num_keypoints=3), input_size=(16, 16), in_channels=2
)


def test_checkpoints_get_the_learned_links():
    model = nn.Module()
    model.head = MODELS.build(HEAD)
    with torch.no_grad():
        model.head.scaled_logits[0, 2] = 3 / 512
    checkpoint = dict(meta=dict(iter=2, dataset_meta=dict(dataset_name='discovered')))
    hook, runner = LearnedSkeletonHook(), SimpleNamespace(model=model)
    hook.before_train(runner)
    hook.before_save_checkpoint(runner, checkpoint)
    meta = checkpoint['meta']['dataset_meta']
    assert meta['skeleton_links'] == [(0, 2)] and meta['num_keypoints'] == 3
    assert len(np.unique(meta['keypoint_colors'], axis=0)) == 3 and checkpoint['meta']['iter'] == 2


def test_refuses_a_model_that_learns_no_skeleton():
    model = nn.Module()
    model.head = nn.Linear(1, 1)
    with pytest.raises(ValueError, match='the head Linear learns no skeleton'):
        LearnedSkeletonHook().before_train(SimpleNamespace(model=model))
