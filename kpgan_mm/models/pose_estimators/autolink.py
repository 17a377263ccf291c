"""AutoLink (He, Wandt, Rhodin, NeurIPS 2022): keypoints and their skeleton from single images, without labels."""

import torch
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor

from kpgan_mm.geometry import render_skeleton
from kpgan_mm.registry import MODELS

from ..generators import RandomBlockMask
from .reconstruction import add_reconstruction_errors, check_image_size, to_pictures

# From what share of the strongest edge's weight on an edge counts as part of the skeleton, in logs and pictures.
_STRONG = 0.1


@MODELS.register_module()
class AutoLink(TopdownPoseEstimator):
    """Learns keypoints and a skeleton that all images share, by repainting images of which most is blanked.

    ::

        image --backbone--> features --head--> keypoints --learned edge weights--> edge map
        reconstruction = generator(edge map, image with 80 % of its blocks blanked), compared with the image

    No videos, no pairs, no poses, no labels, no discriminator: what keypoints mean is found out afterwards, with a
    regression to labels (protocol ``autolink``). One optimiser and MMEngine's own loop. Prediction is MMPose's top-down
    estimator (backbone, neck, head), unchanged.

    Args:
        backbone (dict): :class:`AutoLinkDetector`, or any MMPose backbone and neck of the head's ``in_channels``.
        head (dict): :class:`LinkedKeypointBottleneck`, which holds the learned graph.
        generator (dict): :class:`InpaintingUNet`.
        reconstruction_loss (dict): what is compared between reconstruction and image.
        mask (dict, optional): arguments of :class:`RandomBlockMask`; as released by default.
        neck, train_cfg, test_cfg, data_preprocessor, init_cfg, metainfo: as in ``TopdownPoseEstimator``.

    Raises:
        ValueError: if ``test_cfg`` asks for ``flip_test`` and nothing says which keypoints mirror which.
    """

    def __init__(
        self,
        backbone: dict,
        head: dict,
        generator: dict,
        reconstruction_loss: dict,
        mask: dict | None = None,
        neck: dict | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
        metainfo: dict | None = None,
    ) -> None:
        super().__init__(
            backbone=backbone,
            neck=neck,
            head=head,
            train_cfg=train_cfg,
            test_cfg=test_cfg,
            data_preprocessor=data_preprocessor or dict(type='kpgan_mm.FramePairDataPreprocessor'),
            init_cfg=init_cfg,
            metainfo=metainfo,
        )
        if self.test_cfg.get('flip_test', False):
            self.head.check_flip_test()
        self.generator = MODELS.build(generator)
        self.reconstruction_loss = MODELS.build(reconstruction_loss)
        self.mask = RandomBlockMask(**(mask or {}))
        self.to(memory_format=torch.channels_last)

    def forward(self, inputs, data_samples=None, mode: str = 'tensor', ref_inputs: Tensor | None = None):
        """MMPose's ``tensor``, ``predict`` and ``loss``.

        Args:
            inputs (Tensor): images ``(B, 3, H, W)`` in [-1, 1].
            data_samples (list[PoseDataSample], optional): needed for ``predict`` only.
            mode (str): see above.
            ref_inputs (Tensor, optional): not looked at, so that data sets of pairs serve as well.
        """
        return super().forward(inputs, data_samples, mode)

    def loss(self, inputs: Tensor, data_samples: list | None = None) -> dict[str, Tensor]:
        """How well the image is explained by the blocks that are left of it and its edge map.

        Args:
            inputs (Tensor): images ``(B, 3, H, W)`` in [-1, 1].
            data_samples (list[PoseDataSample], optional): not looked at.

        Returns:
            dict[str, Tensor]: ``loss_reconstruction``; and to be logged ``largest_weight`` and ``num_edges``, how many
            edges have at least a tenth of it.

        Raises:
            ValueError: if the images are not of the head's size.
        """
        check_image_size(inputs, self.head.size)
        edge_map = self.head.render(self.head(self.extract_feat(inputs)))
        reconstruction = self.generator(edge_map, self.mask(inputs))
        weights = self.head.edge_weights().detach()
        return {
            'loss_reconstruction': self.reconstruction_loss(reconstruction, inputs),
            'largest_weight': weights.max(),
            'num_edges': (weights >= _STRONG * weights.max()).sum().float(),
        }

    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """MMPose's prediction; ``test_cfg=dict(reconstruct=True)`` adds how well the image is explained.

        ``reconstruction_error`` and, for comparison, ``copy_reference_error``, that of the neighbour in the batch, are
        mean absolute differences to the image in units of the full range of a pixel. An image alone in its batch gets
        neither.
        """
        samples = super().predict(inputs, data_samples)
        if self.test_cfg.get('reconstruct') and len(inputs) > 1:
            add_reconstruction_errors(samples, self.visuals(inputs))
        return samples

    @torch.no_grad()
    def visuals(self, inputs: Tensor, ref_inputs: Tensor | None = None) -> dict:
        """Everything a person wants to see of some images.

        Args:
            inputs (Tensor): images ``(B, 3, H, W)`` in [-1, 1].
            ref_inputs (Tensor, optional): not looked at; the appearance comes from what is left of the image.

        Returns:
            dict: ``images``, ``references`` (the blocks that are left) and ``reconstructions``
            ``(B, 3, H, W)``; ``skeletons`` ``(B, 1, H, W)``, the edge map, brightest where the weight is largest, and
            ``clean_skeletons``, the strong edges alone, all alike; all nominally in [-1, 1]; ``keypoints``
            ``(B, K, 2)`` in [-1, 1]; and ``skeleton_links``, the strong edges.
        """
        masked = inputs * self.mask.draw(0, len(inputs), tuple(inputs.shape[-2:]))
        keypoints = self.head(self.extract_feat(inputs))
        edge_map = self.head.render(keypoints)
        pictures = dict(images=inputs, references=masked, reconstructions=self.generator(edge_map, masked))
        pictures = {name: to_pictures(values, self.data_preprocessor) for name, values in pictures.items()}
        links = self.head.learned_links('strong', _STRONG)
        sigma = self.head.sigma_squared**0.5
        return {
            **pictures,
            'skeletons': 2 * edge_map / self.head.edge_weights().max() - 1,
            'clean_skeletons': render_skeleton(keypoints, links, self.head.size, sigma, 'gaussian'),
            'keypoints': keypoints,
            'skeleton_links': links,
        }
