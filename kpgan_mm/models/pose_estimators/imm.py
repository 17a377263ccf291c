"""IMM (Jakab, Gupta, Bilen, Vedaldi, NeurIPS 2018): keypoints from conditional image generation."""

import torch
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor

from kpgan_mm.geometry import gaussian_maps
from kpgan_mm.registry import MODELS

from .reconstruction import check_image_size, to_pictures


@MODELS.register_module()
class IMM(TopdownPoseEstimator):
    """Learns keypoints from pairs of pictures that show one object differently: frames of a video, or two warps.

    ::

        image --backbone (Phi)--> heatmaps --soft-argmax--> keypoints --Gaussian maps--> bottleneck
        reconstruction = generator (Psi)(bottleneck, reference), compared with the image

    The image gives the keypoints, the reference the appearance. No poses, no labels, no discriminator: what the
    keypoints mean is found out afterwards, with a regression to labels (protocol ``imm``). One optimiser and MMEngine's
    own loop. Prediction is MMPose's top-down estimator, unchanged.

    Args:
        backbone (dict): :class:`HeatmapEncoder`, or anything that gives K maps of an eighth of the image's size.
        head (dict): :class:`GaussianBottleneck`.
        generator (dict): :class:`HeatmapConditionalGenerator`.
        reconstruction_loss (dict): what is compared between reconstruction and image.
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
        self.to(memory_format=torch.channels_last)

    def forward(self, inputs, data_samples=None, mode: str = 'tensor', ref_inputs: Tensor | None = None):
        """MMPose's ``tensor``, ``predict`` and ``loss``.

        Args:
            inputs (Tensor): images ``(B, 3, H, W)`` in [-1, 1].
            data_samples (list[PoseDataSample], optional): needed for ``predict`` only.
            mode (str): see above.
            ref_inputs (Tensor, optional): reference images ``(B, 3, H, W)`` in [-1, 1]; needed for ``loss`` only.
        """
        if mode == 'loss':
            return self.loss(inputs, data_samples, ref_inputs)
        return super().forward(inputs, data_samples, mode)

    def loss(self, inputs: Tensor, data_samples: list | None, ref_inputs: Tensor | None = None) -> dict[str, Tensor]:
        """How well the image is explained by its own keypoints and the reference's appearance.

        Args:
            inputs (Tensor): images ``(B, 3, H, W)`` in [-1, 1].
            data_samples (list[PoseDataSample], optional): not looked at.
            ref_inputs (Tensor): reference images ``(B, 3, H, W)`` in [-1, 1].

        Returns:
            dict[str, Tensor]: ``loss_reconstruction``.

        Raises:
            ValueError: if there are no references, or the images are not of the head's size.
        """
        if ref_inputs is None:
            raise ValueError(
                'IMM trains on pairs, and the batch has no ref_inputs: end the pipeline with kpgan_mm.PackPairInputs '
                'behind a transform that makes img a pair'
            )
        check_image_size(inputs, self.head.size)
        keypoints = self.head(self.extract_feat(inputs))
        reconstruction = self.generator(self.head.render(keypoints), ref_inputs)
        return {'loss_reconstruction': self.reconstruction_loss(reconstruction, inputs)}

    @torch.no_grad()
    def visuals(self, inputs: Tensor, ref_inputs: Tensor | None = None) -> dict[str, Tensor]:
        """Everything a person wants to see of some images.

        Args:
            inputs (Tensor): images ``(B, 3, H, W)`` in [-1, 1].
            ref_inputs (Tensor, optional): references; by default every image is explained by its neighbour in the
                batch.

        Returns:
            dict[str, Tensor]: ``images``, ``references``, ``reconstructions`` ``(B, 3, H, W)``; the maximum over the
            keypoints' maps, ``skeletons`` ``(B, 1, H/8, W/8)`` as the generator sees them and ``clean_skeletons``
            ``(B, 1, H, W)`` in the image's resolution, all nominally in [-1, 1]; and ``keypoints`` ``(B, K, 2)`` in
            [-1, 1].
        """
        references = inputs.roll(1, dims=0) if ref_inputs is None else ref_inputs
        keypoints = self.head(self.extract_feat(inputs))
        maps = self.head.render(keypoints)
        pictures = dict(images=inputs, references=references, reconstructions=self.generator(maps, references))
        pictures = {name: to_pictures(values, self.data_preprocessor) for name, values in pictures.items()}
        large_maps = gaussian_maps(keypoints, self.head.size, self.head.std)
        return {
            **pictures,
            'skeletons': 2 * maps.amax(dim=1, keepdim=True) - 1,
            'clean_skeletons': 2 * large_maps.amax(dim=1, keepdim=True) - 1,
            'keypoints': keypoints,
        }
