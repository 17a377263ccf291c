"""The bottleneck: skeleton image -> keypoints -> clean skeleton image."""

import numpy as np
from mmengine.structures import InstanceData
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.utils.tensor_utils import to_numpy
from torch import Tensor, nn

from kpgan_mm.geometry import Skeleton, normalized_to_pixels, render_skeleton, skeleton_agreement
from kpgan_mm.registry import MODELS
from kpgan_mm.utils.metainfo import is_discovered, load_metainfo

from .keypoint_head import KeypointHead

# Pixels of the input to one of eta's heatmaps, along a side.
_STRIDE = 8


@MODELS.register_module()
class SkeletonBottleneck(KeypointHead):
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
            time which side is left (released test protocol); its reading goes to ``pred_instances.keypoints_judge``, in
            pixels of the input.
        loss (dict): loss for training with labels, on keypoints in [0, 1].
        init_cfg (dict, optional): MMEngine's initialisation.

    Attributes:
        keypoint_metainfo (dict): the metainfo as MMPose's data sets parse it; only where keypoints and skeleton were
            discovered by another model, so that labels, which are other joints, say nothing of them.

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
        raw = load_metainfo(metainfo)
        skeleton = Skeleton.from_metainfo(raw)
        super().__init__(input_size, _STRIDE, skeleton.num_keypoints, skeleton.flip_indices, loss, init_cfg)
        if is_discovered(raw):
            self.keypoint_metainfo = parse_pose_metainfo(raw)
        self.skeleton = skeleton
        self.sigma = sigma
        self.falloff = falloff
        default = dict(type='kpgan_mm.KeypointRegressor', num_keypoints=self.skeleton.num_keypoints)
        self.regressor = MODELS.build({**default, **(regressor or {})})
        self.judge = None if judge is None else MODELS.build({**default, **judge}).requires_grad_(False)

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

    source = skeleton_image

    def read(self, source: Tensor) -> Tensor:
        """Skeleton image ``(B, 1, H, W)`` to keypoints ``(B, K, 2)`` as (x, y) in (-1, 1)."""
        return self.regressor(source)

    def pictures(self, source: Tensor, keypoints: Tensor) -> Tensor:
        """The skeleton image itself."""
        return source

    def render(self, keypoints: Tensor) -> Tensor:
        """beta: keypoints ``(B, K, 2)`` to a clean skeleton image ``(B, 1, H, W)``."""
        return render_skeleton(keypoints, self.skeleton.links, self.size, self.sigma, self.falloff)

    def raw_confidence(self, source: Tensor, keypoints: Tensor) -> Tensor:
        """How well the clean skeleton explains the raw one near each keypoint, ``(B, K)`` in [0, 1]."""
        return skeleton_agreement(source, self.render(keypoints), keypoints)

    def finish(self, predictions: list[InstanceData], keypoints: Tensor) -> None:
        """The judge's reading of the clean skeleton, ``keypoints_judge (1, K, 2)`` in pixels of the input."""
        if self.judge is None:
            return
        judged = to_numpy(normalized_to_pixels(self.judge(self.render(keypoints)), self.size))
        for prediction, keypoints_judge in zip(predictions, judged, strict=True):
            prediction.keypoints_judge = keypoints_judge[None].astype(np.float32)

    def train(self, mode: bool = True) -> nn.Module:
        super().train(mode)
        if self.judge is not None:
            self.judge.eval()
        return self
