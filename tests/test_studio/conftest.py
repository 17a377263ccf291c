"""A project folder with pictures, a video and a training, a tiny model, and the application over both."""

import json

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from starlette.testclient import TestClient
from torch import nn

from kpgan_mm.apis import init_keypoint_model
from kpgan_mm.registry import MODELS
from kpgan_mm.studio.app import Studio, create_app
from kpgan_mm.studio.decoder import Decoder
from kpgan_mm.studio.media import Media
from kpgan_mm.studio.models import StudioModel
from kpgan_mm.studio.project import Project
from tests.toys import METAINFO, SIZE, model_config

TOKEN = 'a-token'
PORT = 8077
ADDRESS = f'http://127.0.0.1:{PORT}'


def write_video(path, num_frames=12, size=(48, 32)):
    """Frames of (width, height) that get brighter, ten grey levels each."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10.0, size)
    for number in range(num_frames):
        writer.write(np.full((size[1], size[0], 3), 10 * number + 20, np.uint8))
    writer.release()
    return path


def config_of(model: dict) -> Config:
    """A config with what loading and prediction read of it."""
    pipeline = [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale', padding=1.0),
        dict(type='TopdownAffine', input_size=(SIZE, SIZE)),
        dict(type='PackPoseInputs'),
    ]
    return Config(
        dict(
            default_scope='mmpose',
            model=model,
            train_dataloader=dict(dataset=dict(metainfo=METAINFO)),
            test_dataloader=dict(dataset=dict(pipeline=pipeline)),
        )
    )


def with_strong_weights(model: nn.Module) -> nn.Module:
    """A model whose random pictures differ visibly: as initialised, all are of nearly one colour."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
    return model


@pytest.fixture
def project_folder(tmp_path):
    """Pictures of 48 x 32 pixels, a video of 12 frames, and a training with two sheets."""
    root = tmp_path / 'project'
    rng = np.random.default_rng(0)
    for name in ('a.png', 'b.png', 'deep/c.png'):
        (root / 'pictures' / name).parent.mkdir(parents=True, exist_ok=True)
        noise = rng.integers(0, 255, (4, 6, 3), dtype=np.uint8)
        cv2.imwrite(str(root / 'pictures' / name), np.kron(noise, np.ones((8, 8, 1), np.uint8)))
    write_video(root / 'clip.avi')
    run = root / 'work_dirs' / 'toy'
    (run / 'contact_sheets').mkdir(parents=True)
    for step in (2, 10):
        cv2.imwrite(str(run / 'contact_sheets' / f'iter_{step:06d}.jpg'), np.full((40, 60, 3), step, np.uint8))
    (run / '20260101_000000' / 'vis_data').mkdir(parents=True)
    entries = [dict(iter=step, step=step, loss=8.0 / step, time=0.1) for step in range(1, 11)]
    lines = [*map(json.dumps, entries), json.dumps({'EPE': 3.5, 'step': 10}), 'half a li']
    (run / '20260101_000000' / 'vis_data' / 'scalars.json').write_text('\n'.join(lines))
    return root


@pytest.fixture
def project(project_folder):
    return Project(project_folder)


@pytest.fixture(scope='session')
def toy_checkpoint(tmp_path_factory):
    """Random weights with their config beside them, as a training leaves them."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp('toy_run')
    config = config_of(model_config())
    config.dump(str(folder / 'toy.py'))
    model = with_strong_weights(MODELS.build(config.model.copy()))
    torch.save({'meta': {}, 'state_dict': model.state_dict()}, folder / 'iter_7.pth')
    return folder / 'iter_7.pth'


@pytest.fixture(scope='session')
def toy_model(toy_checkpoint):
    return StudioModel.load(toy_checkpoint, None, 'cpu', False)


@pytest.fixture(scope='session')
def load_model():
    """Makes a model for the studio from the config of a network, with random weights."""

    def load(model: dict) -> StudioModel:
        torch.manual_seed(0)
        return StudioModel(with_strong_weights(init_keypoint_model(config_of(model))), 'random')

    return load


@pytest.fixture(scope='session')
def decoder():
    """The process that decodes, once for all tests."""
    decoder = Decoder()
    yield decoder
    decoder.close()


@pytest.fixture
def studio(project, toy_model, decoder):
    return Studio(project, [toy_model], media=Media(project, decoder=decoder))


@pytest.fixture
def client(studio):
    """The application as the page sees it, without its guard."""
    with TestClient(create_app(studio), base_url=ADDRESS) as client:
        yield client
