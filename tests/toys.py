"""Small stand-ins that several tests share: a four-joint figure and a KeypointGAN of a few thousand parameters."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from mmengine.visualization import Visualizer
from mmpose.structures import PoseDataSample
from mmpose.visualization import PoseLocalVisualizer

ROOT = Path(__file__).resolve().parents[1]

SIZE = 32

METAINFO = dict(
    dataset_name='toy',
    keypoint_info={
        0: dict(name='head', id=0, color=[255, 0, 0], type='upper', swap=''),
        1: dict(name='hip', id=1, color=[255, 0, 0], type='lower', swap=''),
        2: dict(name='left_foot', id=2, color=[255, 0, 0], type='lower', swap='right_foot'),
        3: dict(name='right_foot', id=3, color=[255, 0, 0], type='lower', swap='left_foot'),
    },
    skeleton_info={
        0: dict(link=('head', 'hip'), id=0, color=[0, 255, 0]),
        1: dict(link=('hip', 'left_foot'), id=1, color=[0, 255, 0]),
        2: dict(link=('hip', 'right_foot'), id=2, color=[0, 255, 0]),
    },
    joint_weights=[1.0] * 4,
    sigmas=[0.05] * 4,
)


def head_config(**changes) -> dict:
    """A bottleneck for pictures of 32 pixels."""
    return (
        dict(
            type='kpgan_mm.SkeletonBottleneck',
            metainfo=METAINFO,
            input_size=(SIZE, SIZE),
            regressor=dict(type='kpgan_mm.KeypointRegressor', base_channels=2),
        )
        | changes
    )


def model_config(**changes) -> dict:
    """A KeypointGAN with two channels at full resolution."""
    return (
        dict(
            type='kpgan_mm.KeypointGAN',
            backbone=dict(type='kpgan_mm.SkeletonTranslator', base_channels=2),
            head=head_config(),
            generator=dict(type='kpgan_mm.ConditionalGenerator', base_channels=2),
            discriminator=dict(type='kpgan_mm.PoseDiscriminator', base_channels=2, num_scales=2, num_strided=2),
            reconstruction_loss=dict(
                type='kpgan_mm.PerceptualLoss', extractor=dict(type='kpgan_mm.ImagePyramid', num_levels=2)
            ),
            regressor_weights=dict(prior=0.9, predicted=0.1),
            pool_size=3,
        )
        | changes
    )


def optim_wrapper_config() -> dict:
    """Three optimisers, as in the configs, without the constructor's name."""
    adam = dict(type='Adam', lr=1e-3)
    return dict(
        generator=dict(modules=['backbone', 'generator'], optimizer=adam, clip_grad=dict(max_norm=1.0)),
        discriminator=dict(modules=['discriminator'], optimizer=adam, clip_grad=dict(max_norm=1.0)),
        regressor=dict(modules=['head.regressor'], optimizer=adam, clip_grad=dict(max_norm=1.0)),
    )


def batch(size: int = 2, seed: int = 0) -> dict:
    """Random pictures and poses in the form that the loader gives."""
    rng = np.random.default_rng(seed)
    samples = []
    for _ in range(size):
        sample = PoseDataSample(
            metainfo=dict(
                input_size=(SIZE, SIZE),
                input_center=np.array([60.0, 40.0]),
                input_scale=np.array([64.0, 64.0]),
                img_shape=(80, 120),
                flip_indices=[0, 1, 3, 2],
            )
        )
        poses = torch.from_numpy(rng.uniform(-0.8, 0.8, (1, 4, 2)).astype(np.float32))
        sample.gt_instance_labels = InstanceData(prior_keypoints=poses)
        sample.gt_instances = InstanceData(
            bboxes=np.array([[28.0, 8.0, 92.0, 72.0]]), bbox_scores=np.ones(1), keypoints=np.zeros((1, 4, 2))
        )
        samples.append(sample)

    def pictures() -> list[torch.Tensor]:
        return [torch.from_numpy(rng.integers(0, 256, (3, SIZE, SIZE), dtype=np.uint8)) for _ in range(size)]

    return dict(inputs=pictures(), ref_inputs=pictures(), data_samples=samples)


def load_tool(name: str) -> ModuleType:
    """The module of a tool, such as 'train' or 'misc/publish_model', which is no package's."""
    spec = importlib.util.spec_from_file_location(f'tools_{Path(name).name}', ROOT / 'tools' / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def forget_runs() -> None:
    """Forget what MMEngine keeps for the life of a process: the next Runner is as in a new one."""
    for kind in (MMLogger, MessageHub, Visualizer, PoseLocalVisualizer, DefaultScope):
        kind._instance_dict.clear()
