"""A tiny KeypointGAN of 32 x 32 pixels and three joints, with random weights."""

import numpy as np
import pytest
import torch
from mmengine.config import Config

import kpgan_mm  # noqa: F401  (makes mmpose.apis importable for the tests of this folder)
from kpgan_mm.registry import MODELS

DATASET_INFO = dict(
    dataset_name='three',
    paper_info={},
    keypoint_info={
        0: dict(name='head', id=0, color=[255, 0, 0], type='', swap=''),
        1: dict(name='left', id=1, color=[0, 255, 0], type='', swap='right'),
        2: dict(name='right', id=2, color=[0, 0, 255], type='', swap='left'),
    },
    skeleton_info={
        0: dict(link=('head', 'left'), id=0, color=[255, 255, 0]),
        1: dict(link=('head', 'right'), id=1, color=[0, 255, 255]),
    },
    joint_weights=[1.0] * 3,
    sigmas=[0.05] * 3,
)


@pytest.fixture(scope='session')
def keypoint_config():
    """A config as the repository's, with what loading and prediction read of it."""
    return Config(
        dict(
            default_scope='mmpose',
            model=dict(
                type='kpgan_mm.KeypointGAN',
                backbone=dict(type='kpgan_mm.SkeletonTranslator', base_channels=4),
                head=dict(
                    type='kpgan_mm.SkeletonBottleneck',
                    metainfo=DATASET_INFO,
                    input_size=(32, 32),
                    regressor=dict(base_channels=4),
                ),
                generator=dict(type='kpgan_mm.ConditionalGenerator', base_channels=4),
                discriminator=dict(type='kpgan_mm.PoseDiscriminator', base_channels=4, num_scales=1, num_strided=2),
                reconstruction_loss=dict(type='mmpose.L1Loss'),
            ),
            train_dataloader=dict(dataset=dict(metainfo=DATASET_INFO)),
            test_dataloader=dict(
                dataset=dict(
                    pipeline=[
                        dict(type='LoadImage'),
                        dict(type='GetBBoxCenterScale', padding=1.0),
                        dict(type='TopdownAffine', input_size=(32, 32)),
                        dict(type='PackPoseInputs'),
                    ]
                )
            ),
        )
    )


@pytest.fixture(scope='session')
def config_file(keypoint_config, tmp_path_factory):
    """The same as a file."""
    path = tmp_path_factory.mktemp('config') / 'three.py'
    keypoint_config.dump(str(path))
    return path


@pytest.fixture(scope='session')
def checkpoint(keypoint_config, tmp_path_factory):
    """Random weights in a plain file."""
    torch.manual_seed(0)
    model = MODELS.build(keypoint_config.model.copy())
    path = tmp_path_factory.mktemp('checkpoint') / 'three.pth'
    torch.save({'meta': {}, 'state_dict': model.state_dict()}, path)
    return path


@pytest.fixture
def images():
    """Three BGR images of 40 x 60 pixels."""
    return list(np.random.default_rng(0).integers(0, 255, (3, 40, 60, 3)).astype(np.uint8))
