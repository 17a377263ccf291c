"""MMPose's own interfaces take checkpoints in plain types, and refuse others."""

import contextlib
import os

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import MMPoseInferencer, Pose2DInferencer, init_model
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from kpgan_mm.utils.checkpoint import UntrustedCheckpointError, to_plain, trust_checkpoints

METAINFO = dict(
    dataset_name='toy',
    paper_info=dict(author='', title='', container='', year='', homepage=''),
    keypoint_info={
        0: dict(name='left', id=0, color=[255, 0, 0], type='upper', swap='right'),
        1: dict(name='right', id=1, color=[0, 255, 0], type='upper', swap='left'),
    },
    skeleton_info={0: dict(link=('left', 'right'), id=0, color=[0, 0, 255])},
    joint_weights=[1.0, 1.0],
    sigmas=[0.1, 0.1],
)


@pytest.fixture
def config(tmp_path):
    """A small top-down estimator of MMPose's, and a checkpoint of it as the Runner saves it, in plain types."""
    codec = dict(type='RegressionLabel', input_size=(64, 64))
    cfg = Config(
        dict(
            default_scope='mmpose',
            data_mode='topdown',
            dataset_type='CocoDataset',
            model=dict(
                type='TopdownPoseEstimator',
                data_preprocessor=dict(type='PoseDataPreprocessor', mean=[0.0] * 3, std=[255.0] * 3),
                backbone=dict(type='ResNet', depth=18, base_channels=4, stem_channels=4),
                head=dict(
                    type='IntegralRegressionHead',
                    in_channels=32,
                    in_featuremap_size=(2, 2),
                    num_joints=2,
                    deconv_out_channels=None,
                    deconv_kernel_sizes=None,
                    decoder=codec,
                ),
                test_cfg=dict(flip_test=False),
            ),
            test_dataloader=dict(
                dataset=dict(
                    type='CocoDataset',
                    pipeline=[
                        dict(type='LoadImage'),
                        dict(type='GetBBoxCenterScale'),
                        dict(type='TopdownAffine', input_size=(64, 64)),
                        dict(type='PackPoseInputs'),
                    ],
                )
            ),
            visualizer=dict(type='PoseLocalVisualizer', name='visualizer'),
        )
    )
    model = init_model(Config(cfg.to_dict()), device='cpu')
    meta = dict(dataset_meta=parse_pose_metainfo(METAINFO), epoch=0, iter=1)
    torch.save(to_plain(dict(meta=meta, state_dict=model.state_dict())), tmp_path / 'plain.pth')
    cfg.dump(tmp_path / 'config.py')
    return str(tmp_path / 'config.py'), str(tmp_path / 'plain.pth'), model


def test_init_model(config):
    file, checkpoint, model = config
    loaded = init_model(file, checkpoint, device='cpu')
    for (name, expected), tensor in zip(model.state_dict().items(), loaded.state_dict().values(), strict=True):
        assert torch.equal(tensor, expected), name
    assert loaded.dataset_meta['dataset_name'] == 'toy'
    assert loaded.dataset_meta['sigmas'].dtype == np.float32
    assert np.array_equal(loaded.dataset_meta['keypoint_colors'], [[255, 0, 0], [0, 255, 0]])


def test_inferencer_draws(config, tmp_path):
    file, checkpoint, _ = config
    inferencer = MMPoseInferencer(pose2d=file, pose2d_weights=checkpoint, det_model='whole_image', device='cpu')
    image = np.zeros((40, 60, 3), np.uint8)
    result = next(inferencer(image, return_vis=True, show_progress=False))
    assert np.shape(result['predictions'][0][0]['keypoints']) == (2, 2)
    assert result['visualization'][0].shape == (40, 60, 3)


def test_init_model_refuses_code(config, tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'made'),)

    file, _, model = config
    torch.save(dict(meta=Bomb(), state_dict=model.state_dict()), tmp_path / 'bomb.pth')
    with pytest.raises(UntrustedCheckpointError):
        init_model(file, str(tmp_path / 'bomb.pth'), device='cpu')
    assert not (tmp_path / 'made').exists()


def test_no_interface_runs_a_configuration_that_a_checkpoint_brings(config, tmp_path):
    file, checkpoint, _ = config
    made = tmp_path / 'made'
    program = f'import os\nos.mkdir({str(made)!r})\n' + (tmp_path / 'config.py').read_text()
    content = torch.load(checkpoint, weights_only=True)
    for meta, hub in (({'cfg': program}, {}), ({}, {'runtime_info': {'cfg': program}}), ({'config': program}, {})):
        bad = {**content, 'meta': {**content['meta'], **meta}, 'message_hub': hub}
        torch.save(bad, tmp_path / 'bad.pth')
        init_model(file, str(tmp_path / 'bad.pth'), device='cpu')
        for build in (
            lambda: Pose2DInferencer(model=None, weights=str(tmp_path / 'bad.pth'), device='cpu', scope='mmpose'),
            lambda: MMPoseInferencer(pose2d=None, pose2d_weights=str(tmp_path / 'bad.pth'), device='cpu'),
        ):
            with pytest.raises(ValueError):
                build()
        assert not made.exists()
    # What is looked for would happen: the inferencer does run the text of a source that is trusted.
    torch.save({**content, 'meta': {**content['meta'], 'cfg': program}}, tmp_path / 'bad.pth')
    with trust_checkpoints(), contextlib.suppress(Exception):
        Pose2DInferencer(model=None, weights=str(tmp_path / 'bad.pth'), device='cpu', scope='mmpose')
    assert made.exists()
