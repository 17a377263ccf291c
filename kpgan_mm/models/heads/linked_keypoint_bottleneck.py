"""AutoLink's bottleneck: features -> keypoints -> a map of learned edges between them (He, Wandt, Rhodin 2022)."""

import torch
import torch.nn.functional as F
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from torch import Tensor, nn

from kpgan_mm.geometry import (
    all_pairs,
    maximum_spanning_tree,
    peak_mass,
    render_edge_map,
    spatial_soft_argmax,
    strong_edges,
)
from kpgan_mm.registry import MODELS
from kpgan_mm.utils.metainfo import load_metainfo, with_links

from ..layers import LEAKY_INIT_CFG
from .keypoint_head import KeypointHead

# By which detector and U-Net reduce the picture.
_STRIDE = 16


@MODELS.register_module()
class LinkedKeypointBottleneck(KeypointHead):
    """MMPose head that finds keypoints and draws all pairs of them as lines, each as bright as its learned weight.

    One weight a pair, shared by all images, is a free parameter, and so the skeleton: what is linked is learned, not
    given. What passes to the generator is drawn from 2 K numbers and the weights alone.

    The weight of pair (i, j), i < j, is ``softplus(logit_scale * theta_ij)``. With optimisers of Adam's kind
    ``logit_scale`` is a factor on the learning rate of the logits; softplus is so flat at the start that they need one.

    Args:
        metainfo (dict): of the K keypoints, whatever the test set's labels are; ``dict(num_keypoints=K)`` before they
            are discovered. Its links are not looked at.
        input_size (tuple[int, int]): (width, height) of the network's input in pixels, in MMPose's order; multiples of
            16.
        in_channels (int): channels of the features.
        sigma_squared (float): thickness of the lines, see :func:`kpgan_mm.geometry.render_edge_map`.
        logit_scale (float): see above (512 as released).
        loss (dict, optional): loss for training with labels, on keypoints in [0, 1].
        init_cfg (dict | list, optional): MMEngine's initialisation.

    Attributes:
        keypoint_metainfo (dict): the metainfo as MMPose's data sets parse it.
        pairs (list[tuple[int, int]]): the E = K (K - 1) / 2 pairs.
    """

    def __init__(
        self,
        metainfo: dict,
        input_size: tuple[int, int],
        in_channels: int = 128,
        sigma_squared: float = 1e-3,
        logit_scale: float = 512.0,
        loss: dict | None = None,
        init_cfg=LEAKY_INIT_CFG,
    ) -> None:
        raw = load_metainfo(metainfo)
        parsed = parse_pose_metainfo(raw)
        num_keypoints, flip_indices = parsed['num_keypoints'], parsed['flip_indices']
        mirrored = flip_indices != list(range(num_keypoints))
        super().__init__(input_size, _STRIDE, num_keypoints, flip_indices if mirrored else None, loss, init_cfg)
        if sigma_squared <= 0 or logit_scale <= 0:
            raise ValueError(
                f'LinkedKeypointBottleneck: sigma_squared and logit_scale must be positive, got {sigma_squared} and '
                f'{logit_scale}'
            )
        self.raw_metainfo = raw
        self.keypoint_metainfo = parsed
        self.pairs = all_pairs(num_keypoints)
        self.sigma_squared = sigma_squared
        self.logit_scale = logit_scale
        self.final_layer = nn.Conv2d(in_channels, num_keypoints, 3, padding=1)
        # K x K as released; the diagonal and what is below it are never used.
        self.scaled_logits = nn.Parameter((0.1 * torch.randn(num_keypoints, num_keypoints) - 4) / logit_scale)
        self.register_buffer('rows_and_columns', torch.tensor(self.pairs).T.contiguous(), persistent=False)
        # As in AutoLink, so that a stock estimator's convolutions round alike.
        self.to(memory_format=torch.channels_last)

    @property
    def num_keypoints(self) -> int:
        """K."""
        return self.keypoint_metainfo['num_keypoints']

    def heatmaps(self, feats: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The last of the feats ``(B, in_channels, h, w)`` to unbounded maps ``(B, K, h, w)``."""
        return self.final_layer(feats if isinstance(feats, Tensor) else feats[-1])

    source = heatmaps

    def read(self, source: Tensor) -> Tensor:
        """Heatmaps ``(B, K, h, w)`` to keypoints ``(B, K, 2)`` as (x, y) in (-1, 1)."""
        return spatial_soft_argmax(source)

    def raw_confidence(self, source: Tensor, keypoints: Tensor) -> Tensor:
        """How sharply the heatmaps point at the keypoints, ``(B, K)`` in [0, 1]."""
        return peak_mass(self.pictures(source, keypoints), keypoints)

    def pictures(self, source: Tensor, keypoints: Tensor) -> Tensor:
        """Where each keypoint may be, ``(B, K, h, w)``; every map sums to 1."""
        heatmaps = source.float()
        return heatmaps.flatten(2).softmax(dim=-1).view_as(heatmaps)

    def edge_weights(self) -> Tensor:
        """The learned graph: the weights of all pairs, ``(E,)``, positive."""
        rows, columns = self.rows_and_columns
        with torch.autocast(self.scaled_logits.device.type, enabled=False):
            return F.softplus(self.logit_scale * self.scaled_logits[rows, columns])

    def render(self, keypoints: Tensor) -> Tensor:
        """Keypoints ``(B, K, 2)`` to the edge map ``(B, 1, H, W)`` in [0, largest weight]."""
        return render_edge_map(keypoints, self.pairs, self.edge_weights(), self.size, self.sigma_squared)

    def learned_links(self, edges: str = 'strong', ratio: float = 0.1) -> list[tuple[int, int]]:
        """The skeleton that the graph amounts to, strongest edges first.

        Args:
            edges (str): ``'strong'``: edges of at least ``ratio`` times the largest weight, see
                :func:`kpgan_mm.geometry.strong_edges`; ``'tree'``: K - 1 edges that link all keypoints, see
                :func:`kpgan_mm.geometry.maximum_spanning_tree`.
            ratio (float): above 0, at most 1.

        Raises:
            ValueError: for another name or ratio.
        """
        if edges == 'strong':
            return strong_edges(self.edge_weights(), self.num_keypoints, ratio)
        if edges == 'tree':
            return maximum_spanning_tree(self.edge_weights(), self.num_keypoints)
        raise ValueError(f"edges must be 'strong' or 'tree', got {edges!r}")

    def learned_metainfo(self, edges: str = 'strong', ratio: float = 0.1) -> dict:
        """MMPose's raw metainfo of the keypoints with the learned links; arguments as for :meth:`learned_links`."""
        return with_links(self.raw_metainfo, self.learned_links(edges, ratio))
