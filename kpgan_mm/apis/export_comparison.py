"""What an exported network is compared with: the model's own way from pictures to keypoints, and back to pictures."""

from collections.abc import Callable

import cv2
import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from torch import nn

from kpgan_mm.geometry import pixels_to_normalized
from kpgan_mm.models.pose_estimators.reconstruction import to_pictures

from .export_networks import Detector, Painter


class Examples:
    """Inputs of an exported network, as NumPy arrays: pictures with coarse and fine structure, keypoints anywhere.

    Args:
        model (nn.Module): whose network it is.
        network (Detector | Painter): says which inputs.
    """

    def __init__(self, model: nn.Module, network: Detector | Painter) -> None:
        self.names = network.inputs
        self.height, self.width = network.size
        # Those of the head, of which predictions may have a choice only.
        self.num_keypoints = len(model.head.calibration.offsets) if 'keypoints' in network.inputs else 0

    def __call__(self, batch: int) -> tuple[np.ndarray, ...]:
        """Inputs for a batch, the same at every call."""
        rng = np.random.default_rng(batch)
        makers = {
            'images': self._pictures,
            'reference': self._pictures,
            'keypoints': self._keypoints,
            'visible': self._visible,
        }
        return tuple(makers[name](rng, batch) for name in self.names)

    def _pictures(self, rng: np.random.Generator, batch: int) -> np.ndarray:
        coarse = [rng.uniform(0, 255, (5, 5, 3)).astype(np.float32) for _ in range(batch)]
        smooth = np.stack([cv2.resize(c, (self.width, self.height), interpolation=cv2.INTER_CUBIC) for c in coarse])
        return (smooth + rng.normal(0, 10, smooth.shape)).clip(0, 255).astype(np.uint8)

    def _keypoints(self, rng: np.random.Generator, batch: int) -> np.ndarray:
        extent = (self.width - 1, self.height - 1)
        return (rng.uniform(0, 1, (batch, self.num_keypoints, 2)) * extent).astype(np.float32)

    def _visible(self, rng: np.random.Generator, batch: int) -> np.ndarray:
        blocks = (rng.uniform(0, 1, (batch, self.height // 8, self.width // 8)) < 0.2).astype(np.float32)
        return np.kron(blocks, np.ones((1, 8, 8), np.float32))


def predictions_of(model: nn.Module) -> Callable:
    """The model's prediction, as MMPose makes it, in pixels of the pictures that the network gets."""

    @torch.no_grad()
    def predict(arrays: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        (pictures,) = arrays
        height, width = pictures.shape[1:3]
        samples = []
        for _ in pictures:
            sample = PoseDataSample(
                metainfo=dict(
                    input_size=(width, height),
                    input_center=np.array([width / 2, height / 2]),
                    input_scale=np.array([width, height], float),
                    flip_indices=model.dataset_meta['flip_indices'],
                )
            )
            sample.gt_instances = InstanceData(
                bboxes=np.array([[0, 0, width, height]], np.float32), bbox_scores=np.ones(1, np.float32)
            )
            samples.append(sample)
        inputs = [torch.from_numpy(picture).permute(2, 0, 1) for picture in pictures]
        found = [s.pred_instances for s in model.test_step({'inputs': inputs, 'data_samples': samples})]
        keypoints = np.concatenate([instances.keypoints[..., :2] for instances in found])
        if not Detector.knows_scores(model):
            return (keypoints,)
        return keypoints, np.concatenate([instances.keypoint_scores for instances in found])

    return predict


def reconstructions_of(model: nn.Module) -> Callable:
    """What the model's generator paints, in the form of the exported one."""

    @torch.no_grad()
    def paint(arrays: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        keypoints, *rest = (torch.from_numpy(array) for array in arrays)
        drawing = model.head.render(pixels_to_normalized(keypoints, model.head.size))
        reference = None
        if rest:
            pictures = [picture.permute(2, 0, 1) for picture in rest[0]]
            samples = [PoseDataSample() for _ in pictures]
            reference = model.data_preprocessor({'inputs': pictures, 'data_samples': samples}, False)['inputs']
        if len(rest) > 1:
            reference = reference * rest[1][:, None]
        painted = to_pictures(model.generator(drawing, reference), model.data_preprocessor)
        pictures = ((painted + 1) * 127.5).clamp(0, 255).permute(0, 2, 3, 1).numpy()
        return (pictures[..., ::-1] if model.data_preprocessor._channel_conversion else pictures,)

    return paint
