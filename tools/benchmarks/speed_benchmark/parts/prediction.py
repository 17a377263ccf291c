"""Images to keypoints: the networks alone in several forms, and `predict` from pictures to pixels."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

from kpgan_mm.apis import predict, speed_up

from ..cases import Call, Case
from ..reference.networks import Regressor, Translator
from .training import released_model

# Untrained heatmaps of noise are flat, and where their maximum is says nothing: the difference is only reported.
_TOLERANCE = {side: float('inf') for side in ('ours, bfloat16', 'ours, compiled, bfloat16')}


# One picture at a time: so many in a turn, as in a video. After one alone the other sides' would empty the caches.
_ONE_BY_ONE = 30


class _Detector(nn.Module):
    """Backbone and regressor in a row."""

    def __init__(self, backbone: nn.Module, regressor: nn.Module) -> None:
        super().__init__()
        self.backbone, self.regressor = backbone, regressor

    def forward(self, images):
        features = self.backbone(images)
        return self.regressor(features if torch.is_tensor(features) else features[0])


def _images(batch: int, size: int) -> torch.Tensor:
    return torch.rand(batch, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1


def _reference(batch: int, size: int) -> Call:
    model, _ = released_model()
    detector = _Detector(Translator(), Regressor(model.head.skeleton.num_keypoints)).eval()
    detector.backbone.load_state_dict(model.backbone.state_dict())
    detector.regressor.load_state_dict(model.head.regressor.state_dict())
    images = _images(batch, size)

    @torch.no_grad()
    def call() -> dict:
        return dict(keypoints=detector(images))

    return call


def _ours(batch: int, size: int, bfloat16: bool = False, compiled: bool = False) -> Call:
    model, _ = released_model()
    speed_up(model, bfloat16, compiled)
    detector = _Detector(model.backbone, model.head.regressor).eval()
    images = _images(batch, size).contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def call() -> dict:
        return dict(keypoints=detector(images))

    return call


def _onnx(batch: int, size: int) -> Call:
    import onnxruntime

    model, _ = released_model()
    detector = _Detector(model.backbone, model.head.regressor).eval()
    images = _images(batch, size)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, 'detector.onnx')
        with torch.no_grad():
            torch.onnx.export(detector, (images,), str(file), dynamo=True, verbose=False, external_data=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(str(file), options, providers=['CPUExecutionProvider'])
    name, pictures = session.get_inputs()[0].name, images.numpy()
    return lambda: dict(keypoints=torch.from_numpy(session.run(None, {name: pictures})[0]))


def _in_a_row(sides: dict[str, Callable[[], Call]], batch: int) -> tuple[dict[str, Callable[[], Call]], int]:
    """The sides, and on how many images a call of them works; of single images it is several, one after the other."""
    if batch > 1:
        return sides, batch

    def repeated(prepare: Callable[[], Call]) -> Call:
        call = prepare()
        return lambda: [call() for _ in range(_ONE_BY_ONE)][-1]

    return {side: partial(repeated, prepare) for side, prepare in sides.items()}, _ONE_BY_ONE


def detector(batch: int, size: int, compiled: bool, **targets) -> Case:
    """The networks alone, image to keypoints in [-1, 1]."""
    sides = {
        'reference': lambda: _reference(batch, size),
        'ours': lambda: _ours(batch, size),
        'ours, bfloat16': lambda: _ours(batch, size, bfloat16=True),
    }
    if compiled:
        sides |= {
            'ours, ONNX Runtime': lambda: _onnx(batch, size),
            'ours, compiled': lambda: _ours(batch, size, compiled=True),
            'ours, compiled, bfloat16': lambda: _ours(batch, size, bfloat16=True, compiled=True),
        }
    sides, images = _in_a_row(sides, batch)
    name = f'detector, batch {batch}, {size} px'
    return Case('prediction', name, sides, images=images, tolerance=_TOLERANCE, **targets)


def end_to_end(number: int, size: int, compiled: bool) -> Case:
    """`kpgan_mm.apis.predict` on pictures in memory: crop, normalise, networks, back to pixels, data samples."""

    def ours(bfloat16: bool = False, compiled: bool = False) -> Call:
        model, config = released_model()
        model.eval()
        from mmpose.datasets.datasets.utils import parse_pose_metainfo

        from kpgan_mm.utils.metainfo import load_metainfo

        # Pictures have no masks here.
        for dataset in (config.val_dataloader.dataset, config.test_dataloader.dataset):
            dataset.pipeline = [step for step in dataset.pipeline if step.type != 'kpgan_mm.MaskBackground']
        model.cfg, model.dataset_meta = config, parse_pose_metainfo(load_metainfo(config.metainfo))
        speed_up(model, bfloat16, compiled)
        rng = np.random.default_rng(0)
        pictures = [rng.integers(0, 256, (2 * size, 2 * size, 3), dtype=np.uint8) for _ in range(number)]
        return lambda: dict(keypoints=torch.from_numpy(predict(model, pictures)))

    sides = {'ours': ours, 'ours, bfloat16': lambda: ours(bfloat16=True)}
    if compiled:
        sides |= {
            'ours, compiled': lambda: ours(compiled=True),
            'ours, compiled, bfloat16': lambda: ours(bfloat16=True, compiled=True),
        }
    sides, images = _in_a_row(sides, number)
    name = f'predict, {number} pictures of {2 * size} px'
    return Case('prediction', name, sides, images=images, tolerance=_TOLERANCE)
