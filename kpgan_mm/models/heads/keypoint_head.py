"""What our heads share: MMPose's contract for keypoints that the network gives in [-1, 1]."""

from collections.abc import Sequence

import numpy as np
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.models.heads import BaseHead
from mmpose.registry import KEYPOINT_CODECS
from mmpose.utils.tensor_utils import to_numpy
from torch import Tensor

from kpgan_mm.geometry import mirror_keypoints, normalized_to_pixels
from kpgan_mm.registry import MODELS

from .confidence_calibration import ConfidenceCalibration


class KeypointHead(BaseHead):
    """MMPose head with keypoints ``(B, K, 2)`` in [-1, 1]; sub-classes give :meth:`source`, :meth:`read`,
    :meth:`raw_confidence` and :meth:`pictures`.

    Args:
        input_size (tuple[int, int]): (width, height) of the network's input in pixels, in MMPose's order.
        stride (int): by which the sides must be divisible.
        num_keypoints (int): K.
        flip_indices (Sequence[int], optional): entry k is the keypoint that mirrors keypoint k; None where that is not
            known, which rules ``flip_test`` out.
        loss (dict, optional): loss for training with labels, on keypoints in [0, 1]; MMPose's ``SmoothL1Loss`` by
            default.
        init_cfg (dict, optional): MMEngine's initialisation.

    Raises:
        ValueError: if ``input_size`` is no such size.
    """

    def __init__(
        self,
        input_size: tuple[int, int],
        stride: int,
        num_keypoints: int,
        flip_indices: Sequence[int] | None,
        loss: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if len(input_size) != 2 or any(side < stride or side % stride for side in input_size):
            raise ValueError(
                f'{type(self).__name__}: input_size must be (width, height) in multiples of {stride} pixels, '
                f'got {tuple(input_size)}'
            )
        self.size = (input_size[1], input_size[0])
        self.flip_indices = flip_indices
        self.calibration = ConfidenceCalibration(num_keypoints)
        self.loss_module = MODELS.build(loss or dict(type='mmpose.SmoothL1Loss', use_target_weight=True))
        self.decoder = KEYPOINT_CODECS.build(dict(type='RegressionLabel', input_size=tuple(input_size)))

    def source(self, feats: Tensor | tuple[Tensor, ...]) -> Tensor:
        """What keypoints are read off: maps ``(B, C, h, w)``."""
        raise NotImplementedError

    def read(self, source: Tensor) -> Tensor:
        """Keypoints ``(B, K, 2)`` as (x, y) in [-1, 1]."""
        raise NotImplementedError

    def forward(self, feats: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Feats to keypoints ``(B, K, 2)`` as (x, y) in [-1, 1]."""
        return self.read(self.source(feats))

    def pictures(self, source: Tensor, keypoints: Tensor) -> Tensor:
        """Maps ``(B, C, h, w)`` to show beside the keypoints where ``test_cfg`` asks for heatmaps."""
        raise NotImplementedError

    def labels(self, keypoints: Tensor) -> Tensor:
        """[-1, 1] to the codec's convention: pixels of the input divided by its size."""
        return normalized_to_pixels(keypoints, self.size) / keypoints.new_tensor((self.size[1], self.size[0]))

    def check_flip_test(self) -> None:
        """Refuse to average with the mirrored image where nobody says what mirrors what.

        Raises:
            ValueError: if the flip indices are not known.
        """
        if self.flip_indices is None:
            raise ValueError(
                f'{type(self).__name__}: flip_test averages each keypoint with the one that mirrors it, and the '
                'metainfo of these keypoints names no "swap": set model.test_cfg.flip_test=False'
            )

    def _check_input_size(self, input_size) -> None:
        """Refuse a sample prepared in another (width, height): its keypoints would land elsewhere in the image."""
        expected = self.size[::-1]
        if input_size is not None and tuple(int(side) for side in input_size) != expected:
            raise ValueError(
                f'the data are prepared in input_size {tuple(int(side) for side in input_size)}, but the head has '
                f"input_size {expected}: set model.head.input_size and the pipeline's TopdownAffine alike"
            )

    def raw_confidence(self, source: Tensor, keypoints: Tensor) -> Tensor:
        """How sure the reading ``keypoints`` ``(B, K, 2)`` of this source is, ``(B, K)`` in [0, 1]."""
        raise NotImplementedError

    def readings(self, feats, test_cfg: dict) -> list[tuple[Tensor, Tensor]]:
        """Source and keypoints ``(B, K, 2)`` in [-1, 1] of the images and, under ``flip_test``, of the mirrored ones.

        Raises:
            ValueError: under ``flip_test``, if the flip indices are not known.
        """
        if test_cfg.get('flip_test', False):
            self.check_flip_test()
        else:
            feats = [feats]
        return [(source, self.read(source)) for source in map(self.source, feats)]

    def mean_keypoints(self, readings: list) -> Tensor:
        """Keypoints ``(B, K, 2)`` in [-1, 1]; where there are two readings their mean, the second mirrored back."""
        keypoints = readings[0][1]
        if len(readings) == 1:
            return keypoints
        exchanged = mirror_keypoints(readings[1][1], self.flip_indices)
        return (keypoints + exchanged * exchanged.new_tensor((-1, 1))) / 2

    def confidences(self, readings: list) -> Tensor:
        """Confidences ``(B, K)`` in [0, 1]: of each reading by itself, their mean, and calibrated if that was fitted.

        Each reading is held against its own image: their mean is nearer to the truth than either, but drawn on neither.
        """
        raw = self.raw_confidence(*readings[0])
        if len(readings) > 1:
            raw = (raw + self.raw_confidence(*readings[1])[:, list(self.flip_indices)]) / 2
        return self.calibration(raw)

    def finish(self, predictions: list[InstanceData], keypoints: Tensor) -> None:
        """Add to the predictions, in place, what a sub-class reads off the final keypoints ``(B, K, 2)``."""

    def predict(self, feats, batch_data_samples, test_cfg: dict | None = None):
        """Keypoints in pixels of the network's input, by BaseHead's contract.

        Args:
            feats: output of backbone and neck, or ``[feats, feats_of_mirrored_images]`` under ``flip_test``.
            batch_data_samples (list[PoseDataSample]): their ``input_size``, where they tell it, is compared with the
                head's.
            test_cfg (dict, optional): ``flip_test``: average with the mirrored image's keypoints; ``output_heatmaps``:
                also return the pictures.

        Returns:
            list[InstanceData] | tuple[list[InstanceData], list[PixelData]]: ``keypoints (1, K, 2)`` and
            ``keypoint_scores (1, K)``, see :meth:`confidences`.

        Raises:
            ValueError: if a sample was prepared in another size than the head's, or under ``flip_test`` nothing says
                which keypoints mirror which.
        """
        for sample in batch_data_samples:
            self._check_input_size(sample.metainfo.get('input_size'))
        test_cfg = test_cfg or {}
        readings = self.readings(feats, test_cfg)
        keypoints = self.mean_keypoints(readings)
        predictions = self.decode(self.labels(keypoints).unsqueeze(1))
        for prediction, scores in zip(predictions, to_numpy(self.confidences(readings)), strict=True):
            prediction.keypoint_scores = scores[None].astype(np.float32)
        self.finish(predictions, keypoints)
        if test_cfg.get('output_heatmaps', False):
            return predictions, [PixelData(heatmaps=picture.detach()) for picture in self.pictures(*readings[0])]
        return predictions

    def loss(self, feats, batch_data_samples, train_cfg: dict | None = None) -> dict[str, Tensor]:
        """Train with labels: the reference line that an unsupervised result is measured against.

        Args:
            feats: output of backbone and neck.
            batch_data_samples (list[PoseDataSample]): with ``gt_instance_labels.keypoint_labels`` from
                ``GenerateTarget``.
            train_cfg (dict, optional): unused, part of the contract.

        Returns:
            dict[str, Tensor]: ``loss_keypoints``.
        """
        labels = torch.cat([sample.gt_instance_labels.keypoint_labels for sample in batch_data_samples])
        weights = torch.cat([sample.gt_instance_labels.keypoint_weights for sample in batch_data_samples])
        predicted = self.labels(self.forward(feats))
        # MMPose's regression losses take one weight a coordinate.
        weights = weights[..., None].expand_as(predicted)
        return {'loss_keypoints': self.loss_module(predicted, labels, weights)}
