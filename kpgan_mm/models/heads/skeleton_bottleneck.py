"""The bottleneck: skeleton image -> keypoints -> clean skeleton image."""

import numpy as np
import torch
from mmengine.structures import PixelData
from mmpose.models.heads import BaseHead
from mmpose.registry import KEYPOINT_CODECS
from mmpose.utils.tensor_utils import to_numpy
from torch import Tensor, nn

from kpgan_mm.geometry import Skeleton, mirror_keypoints, normalized_to_pixels, render_skeleton
from kpgan_mm.registry import MODELS
from kpgan_mm.utils.metainfo import load_metainfo

# Pixels of the input to one of eta's heatmaps, along a side.
_STRIDE = 8


@MODELS.register_module()
class SkeletonBottleneck(BaseHead):
    """MMPose head that reads keypoints off a skeleton image (eta) and draws them again (beta).

    What passes to the generator is drawn from 2 K numbers alone, so that appearance cannot leak through the skeleton
    image (Jakab et al. 2020, section 3.2). The head needs no pose set; joints, links and swaps come from the metainfo.

    Args:
        metainfo (dict): MMPose's ``dataset_info``, or ``dict(from_file=...)``; see :class:`kpgan_mm.geometry.Skeleton`.
        input_size (tuple[int, int]): (width, height) of the network's input in pixels, in MMPose's order; multiples of
            8, by which eta reduces the picture.
        regressor (dict): config of eta; ``num_keypoints`` is filled in from the metainfo.
        sigma (float): line width of the drawn skeleton, see :func:`kpgan_mm.geometry.render_skeleton`.
        falloff (str): ``'exponential'`` as released or ``'gaussian'`` as in the paper.
        judge (dict, optional): config of a second, frozen regressor, the pre-trained eta, that only decides at test
            time which side is left (released test protocol); its reading goes to ``pred_instances.judge_keypoints``, in
            pixels of the input.
        loss (dict): loss for training with labels, on keypoints in [0, 1].
        init_cfg (dict, optional): MMEngine's initialisation.

    Raises:
        ValueError: if ``input_size`` is no such size.
    """

    def __init__(
        self,
        metainfo: dict,
        input_size: tuple[int, int],
        regressor: dict | None = None,
        sigma: float = 0.2,
        falloff: str = 'exponential',
        judge: dict | None = None,
        loss: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if len(input_size) != 2 or any(side < _STRIDE or side % _STRIDE for side in input_size):
            raise ValueError(
                f'SkeletonBottleneck: input_size must be (width, height) in multiples of {_STRIDE} pixels, '
                f'got {tuple(input_size)}'
            )
        self.skeleton = Skeleton.from_metainfo(load_metainfo(metainfo))
        self.size = (input_size[1], input_size[0])
        self.sigma = sigma
        self.falloff = falloff
        default = dict(type='kpgan_mm.KeypointRegressor', num_keypoints=self.skeleton.num_keypoints)
        self.regressor = MODELS.build({**default, **(regressor or {})})
        self.judge = None if judge is None else MODELS.build({**default, **judge}).requires_grad_(False)
        self.loss_module = MODELS.build(loss or dict(type='mmpose.SmoothL1Loss', use_target_weight=True))
        self.decoder = KEYPOINT_CODECS.build(dict(type='RegressionLabel', input_size=tuple(input_size)))

    def skeleton_image(self, feats: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The last feature map, which must be a skeleton image ``(B, 1, H, W)``.

        Raises:
            ValueError: if it has several channels, as a plain backbone's features have.
        """
        skeleton = feats if isinstance(feats, Tensor) else feats[-1]
        if skeleton.shape[1] != 1:
            raise ValueError(
                f'SkeletonBottleneck reads a one-channel skeleton image, but got {skeleton.shape[1]} channels: '
                "put neck=dict(type='kpgan_mm.SkeletonDecoder', in_channels=...) behind the backbone"
            )
        return skeleton

    def forward(self, feats: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Skeleton image to keypoints ``(B, K, 2)`` as (x, y) in (-1, 1)."""
        return self.regressor(self.skeleton_image(feats))

    def render(self, keypoints: Tensor) -> Tensor:
        """beta: keypoints ``(B, K, 2)`` to a clean skeleton image ``(B, 1, H, W)``."""
        return render_skeleton(keypoints, self.skeleton.links, self.size, self.sigma, self.falloff)

    def _check_input_size(self, input_size) -> None:
        """Refuse a sample prepared in another (width, height): its keypoints would land elsewhere in the image."""
        expected = self.size[::-1]
        if input_size is not None and tuple(int(side) for side in input_size) != expected:
            raise ValueError(
                f'the data are prepared in input_size {tuple(int(side) for side in input_size)}, but the head has '
                f"input_size {expected}: set model.head.input_size and the pipeline's TopdownAffine alike"
            )

    def _labels(self, keypoints: Tensor) -> Tensor:
        """[-1, 1] to the codec's convention: pixels of the input divided by its size."""
        return normalized_to_pixels(keypoints, self.size) / keypoints.new_tensor((self.size[1], self.size[0]))

    def predict(self, feats, batch_data_samples, test_cfg: dict | None = None):
        """Keypoints in pixels of the network's input, by BaseHead's contract.

        Args:
            feats: output of backbone and neck, or ``[feats, feats_of_mirrored_images]`` under ``flip_test``.
            batch_data_samples (list[PoseDataSample]): their ``input_size``, where they tell it, is compared with the
                head's.
            test_cfg (dict, optional): ``flip_test``: average with the mirrored image's keypoints; ``output_heatmaps``:
                also return the skeleton images.

        Returns:
            list[InstanceData] | tuple[list[InstanceData], list[PixelData]]: ``keypoints (1, K, 2)`` and scores of 1.

        Raises:
            ValueError: if a sample was prepared in another size than the head's.
        """
        for sample in batch_data_samples:
            self._check_input_size(sample.metainfo.get('input_size'))
        test_cfg = test_cfg or {}
        flip_test = test_cfg.get('flip_test', False)
        straight = feats[0] if flip_test else feats
        keypoints = self.forward(straight)
        if flip_test:
            mirrored = mirror_keypoints(self.forward(feats[1]), self.skeleton.flip_indices)
            keypoints = (keypoints + mirrored * mirrored.new_tensor((-1, 1))) / 2
        predictions = self.decode(self._labels(keypoints).unsqueeze(1))
        if self.judge is not None:
            judged = to_numpy(normalized_to_pixels(self.judge(self.render(keypoints)), self.size))
            for prediction, judge_keypoints in zip(predictions, judged, strict=True):
                prediction.judge_keypoints = judge_keypoints[None].astype(np.float32)
        if test_cfg.get('output_heatmaps', False):
            return predictions, [PixelData(heatmaps=image.detach()) for image in self.skeleton_image(straight)]
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
        predicted = self._labels(self.forward(feats))
        # MMPose's regression losses take one weight a coordinate.
        weights = weights[..., None].expand_as(predicted)
        return {'loss_keypoints': self.loss_module(predicted, labels, weights)}

    def train(self, mode: bool = True) -> nn.Module:
        super().train(mode)
        if self.judge is not None:
            self.judge.eval()
        return self
