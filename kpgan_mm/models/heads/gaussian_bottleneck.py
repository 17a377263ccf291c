"""IMM's bottleneck: heatmaps -> keypoints -> one Gaussian map a keypoint."""

from mmpose.datasets.datasets.utils import parse_pose_metainfo
from torch import Tensor

from kpgan_mm.geometry import gaussian_maps, marginal_peak_mass, marginal_soft_argmax
from kpgan_mm.registry import MODELS
from kpgan_mm.utils.metainfo import load_metainfo

from .keypoint_head import KeypointHead

# Pixels of the input to one of a map, along a side.
_STRIDE = 8


@MODELS.register_module()
class GaussianBottleneck(KeypointHead):
    """MMPose head that reads a keypoint off every heatmap and draws it again as a Gaussian of fixed width.

    What passes to the generator is drawn from 2 K numbers alone: geometry gets through, appearance does not (Jakab,
    Gupta et al. 2018, section 3.1). No pose set, no links, no labels.

    Args:
        metainfo (dict): of the K keypoints, whatever the test set's labels are; see
            :func:`kpgan_mm.utils.metainfo.load_metainfo`. Discovered keypoints have numbers for names, and nobody knows
            which mirror which.
        input_size (tuple[int, int]): (width, height) of the network's input in pixels, in MMPose's order; multiples of
            8, by which the backbone reduces the picture.
        std (float): width of the Gaussians, see :func:`kpgan_mm.geometry.gaussian_maps` (0.1 as released).
        loss (dict, optional): loss for training with labels, on keypoints in [0, 1].
        init_cfg (dict, optional): MMEngine's initialisation.

    Attributes:
        keypoint_metainfo (dict): the metainfo as MMPose's data sets parse it.
    """

    def __init__(
        self,
        metainfo: dict,
        input_size: tuple[int, int],
        std: float = 0.1,
        loss: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        parsed = parse_pose_metainfo(load_metainfo(metainfo))
        flip_indices = parsed['flip_indices']
        mirrored = flip_indices != list(range(parsed['num_keypoints']))
        known = flip_indices if mirrored else None
        super().__init__(input_size, _STRIDE, parsed['num_keypoints'], known, loss, init_cfg)
        self.keypoint_metainfo = parsed
        self.std = std

    @property
    def num_keypoints(self) -> int:
        """K."""
        return self.keypoint_metainfo['num_keypoints']

    def heatmaps(self, feats: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The last of the feats, unbounded maps ``(B, K, h, w)``.

        Raises:
            ValueError: if there is not one heatmap a keypoint.
        """
        heatmaps = feats if isinstance(feats, Tensor) else feats[-1]
        if heatmaps.shape[1] != self.num_keypoints:
            raise ValueError(
                f'GaussianBottleneck has {self.num_keypoints} keypoints, but the backbone gives {heatmaps.shape[1]} '
                'heatmaps: set model.backbone.num_keypoints to the number of keypoints of the metainfo'
            )
        return heatmaps

    source = heatmaps

    def read(self, source: Tensor) -> Tensor:
        """Heatmaps ``(B, K, h, w)`` to keypoints ``(B, K, 2)`` as (x, y) in (-1, 1)."""
        return marginal_soft_argmax(source)

    def raw_confidence(self, source: Tensor, keypoints: Tensor) -> Tensor:
        """How sharply the heatmaps point at the keypoints, ``(B, K)`` in [0, 1]."""
        return marginal_peak_mass(source, keypoints)

    def render(self, keypoints: Tensor) -> Tensor:
        """Keypoints ``(B, K, 2)`` to the generator's maps ``(B, K, H/8, W/8)`` in (0, 1]."""
        return gaussian_maps(keypoints, (self.size[0] // _STRIDE, self.size[1] // _STRIDE), self.std)

    def pictures(self, source: Tensor, keypoints: Tensor) -> Tensor:
        """The maps that the generator sees, ``(B, K, H/8, W/8)``."""
        return self.render(keypoints)
