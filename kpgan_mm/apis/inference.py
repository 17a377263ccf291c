"""Load a trained model, predict keypoints, redraw one image in the pose of another."""

import copy
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner import CheckpointLoader
from mmpose.apis import init_model
from mmpose.structures import PoseDataSample
from torch import nn

from kpgan_mm.utils.checkpoint import trust_checkpoints
from kpgan_mm.utils.metainfo import load_metainfo
from kpgan_mm.utils.weights import check_weights, weights_of

from .generation import network_inputs, require_reference, to_bgr
from .images import Image, one_each, pack_images

# Images that go through the network together.
_BATCH_SIZE = 32


def init_keypoint_model(
    config: str | Path | Config,
    checkpoint: str | Path | None = None,
    device: str = 'cpu',
    trust_checkpoint: bool = False,
) -> nn.Module:
    """Build a model and load its weights, as :func:`mmpose.apis.init_model` does.

    Args:
        config (str | Path | Config): configuration, or its file.
        checkpoint (str | Path, optional): weights; a file that holds more than plain data is refused.
        device (str): ``'cpu'``, ``'cuda:0'`` ...
        trust_checkpoint (bool): load a checkpoint that could run code. Only for files whose source you trust.

    Returns:
        nn.Module: in evaluation mode, with ``cfg`` and ``dataset_meta``.

    Raises:
        FileNotFoundError: if the configuration or the checkpoint does not exist.
        kpgan_mm.utils.checkpoint.UntrustedCheckpointError: if the checkpoint is more than data.
        ValueError: if the checkpoint lacks weights that prediction needs, as another model's does, or there is no such
            device.
    """
    try:
        torch.empty(0, device=device)
    except (AssertionError, RuntimeError) as error:
        raise ValueError(
            f'{device} cannot be used: {str(error).splitlines()[0]}; give another device, such as cpu'
        ) from None
    config = Config.fromfile(config) if isinstance(config, (str, Path)) else copy.deepcopy(config)
    dataset = (config.get('train_dataloader') or {}).get('dataset', {})
    if dataset.get('metainfo'):
        # MMPose would look for its file in the current folder only.
        dataset.metainfo = load_metainfo(dataset.metainfo)
    # without trust_checkpoint, what was decided for the process holds
    with trust_checkpoints() if trust_checkpoint else nullcontext():
        model = init_model(
            config,
            None if checkpoint is None else str(checkpoint),
            device=device,
        )
        if checkpoint is not None:
            content = CheckpointLoader.load_checkpoint(str(checkpoint), map_location='cpu', logger='silent')
            check_weights(model, weights_of(content, str(checkpoint)), str(checkpoint))
    return model


@torch.no_grad()
def predict_samples(
    model: nn.Module, images: Sequence[Image], box: Sequence[float] | Sequence[Sequence[float]] | None = None
) -> list[PoseDataSample]:
    """Predict, and return all that MMPose's data samples hold.

    Args:
        model (nn.Module): from :func:`init_keypoint_model`.
        images (Sequence[str | Path | np.ndarray | Mapping]): files, arrays ``(H, W, 3)`` uint8 BGR, or samples of the
            model's test set.
        box (Sequence, optional): (x1, y1, x2, y2) in pixels, where the figure is in every image, or one such box for
            each. Defaults to the whole image.

    Returns:
        list[PoseDataSample]: one for each image, with ``pred_instances``.

    Raises:
        FileNotFoundError: if an image does not exist.
        ValueError: if an image cannot be read, a box is empty, or their number is not that of the images.
    """
    results = []
    for start in range(0, len(images), _BATCH_SIZE):
        chosen = slice(start, start + _BATCH_SIZE)
        boxes = box[chosen] if one_each(box, len(images)) else box
        results += model.test_step(pack_images(model, images[chosen], boxes))
    return results


def predict(
    model: nn.Module, images: Sequence[Image], box: Sequence[float] | Sequence[Sequence[float]] | None = None
) -> np.ndarray:
    """Predict the keypoints of images; arguments as for :func:`predict_samples`.

    Returns:
        np.ndarray: ``(N, K, 2)`` as (x, y) in pixels of the images.

    Example:
        >>> model = init_keypoint_model('configs/kpgan_puppets.py', 'latest.pth')
        >>> keypoints = predict(model, ['frame_000.jpg', 'frame_001.jpg'])
    """
    samples = predict_samples(model, images, box)
    num_keypoints = model.dataset_meta['num_keypoints']
    return np.array([s.pred_instances.keypoints[0, :, :2] for s in samples], np.float32).reshape(-1, num_keypoints, 2)


def reenact(
    model: nn.Module, geometry_image: Image, appearance_image: Image, box: Sequence[float] | None = None
) -> np.ndarray:
    """Redraw the figure of one image in the pose of another.

    The clean skeleton of the first and the second as reference go through the generator.

    Args:
        model (nn.Module): from :func:`init_keypoint_model`, with its generator.
        geometry_image (str | Path | np.ndarray): gives the pose.
        appearance_image (str | Path | np.ndarray): gives figure and background.
        box (Sequence[float], optional): as for :func:`predict_samples`.

    Returns:
        np.ndarray: ``(H, W, 3)`` uint8 BGR at the size of the network's input.

    Raises:
        ValueError: if the model has no generator, or cannot take its appearance from another image.
    """
    require_reference(model, 'reenactment')
    with torch.no_grad():
        geometry, appearance = network_inputs(model, [geometry_image, appearance_image], box).split(1)
        return to_bgr(model.visuals(geometry, appearance)['reconstructions'])[0]
