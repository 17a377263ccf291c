"""KeypointGAN (Jakab, Gupta, Bilen, Vedaldi, CVPR 2020): interpretable keypoints without labels."""

import torch
import torch.nn.functional as F
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor

from kpgan_mm.geometry import at_least_float32
from kpgan_mm.registry import MODELS

from ..discriminators import HistoryPool
from .phased_training import PhasedTraining
from .reconstruction import add_reconstruction_errors, to_pictures


@MODELS.register_module()
class KeypointGAN(PhasedTraining, TopdownPoseEstimator):
    """Learns keypoints from frame pairs of videos and unpaired poses.

    ::

        image --backbone (Phi)--> skeleton --regressor (eta)--> keypoints --render (beta)--> clean skeleton
        reconstruction = generator (Psi)(clean skeleton, reference), compared with the image
        discriminator (D): skeleton against skeletons rendered from prior poses

    Prediction is MMPose's top-down estimator (backbone, neck, head), unchanged. Every row of the paper's ablation
    (table 4) is a configuration of this class: see ``bottleneck``, ``second_cycle`` and ``UnconditionalGenerator``.

    Args:
        backbone (dict): Phi, or any MMPose backbone followed by ``neck=dict(type='kpgan_mm.SkeletonDecoder', ...)``.
        head (dict): :class:`SkeletonBottleneck`.
        generator (dict): Psi.
        discriminator (dict): D.
        reconstruction_loss (dict): what is compared between reconstruction and image (weight 10 as released).
        adversarial_loss (dict): :class:`AdversarialLoss` (weight 10 as released).
        regressor_weights (dict, optional): ``dict(prior=0.9, predicted=0.1)`` as released: eta goes on learning from
            rendered prior poses and from its reading of the predicted skeleton. None freezes it, as the paper says.
        pool_size (int): earlier skeletons kept for D (50 as released).
        bottleneck (bool): whether Psi sees the clean skeleton. False shows it Phi's own, and with it whatever Phi hides
            there: CycleGAN, and its variants of table 4.
        second_cycle (dict, optional): :class:`SecondCycle`, which CycleGAN has and KeypointGAN has not.
        neck, train_cfg, test_cfg, data_preprocessor, init_cfg, metainfo: as in ``TopdownPoseEstimator``.
    """

    phases = ('generator', 'discriminator', 'regressor')

    def __init__(
        self,
        backbone: dict,
        head: dict,
        generator: dict,
        discriminator: dict,
        reconstruction_loss: dict,
        adversarial_loss: dict | None = None,
        regressor_weights: dict | None = None,
        pool_size: int = 50,
        bottleneck: bool = True,
        second_cycle: dict | None = None,
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
        self.generator = MODELS.build(generator)
        self.discriminator = MODELS.build(discriminator)
        self.reconstruction_loss = MODELS.build(reconstruction_loss)
        self.adversarial_loss = MODELS.build(adversarial_loss or dict(type='kpgan_mm.AdversarialLoss'))
        self.regressor_weights = regressor_weights
        if regressor_weights is None:
            self.head.regressor.requires_grad_(False)
        self.pool = HistoryPool(pool_size, (1, *self.head.size))
        self.bottleneck = bottleneck
        self.second_cycle = None if second_cycle is None else MODELS.build(second_cycle)
        self.to(memory_format=torch.channels_last)

    def forward(self, inputs, data_samples=None, mode: str = 'tensor', ref_inputs: Tensor | None = None):
        """MMPose's ``tensor``, ``predict`` and ``loss``, and one mode for every training phase.

        Args:
            inputs (Tensor): images ``(B, 3, H, W)`` in [-1, 1].
            data_samples (list[PoseDataSample], optional): in training with ``gt_instance_labels.prior_keypoints``.
            mode (str): ``'generator'``, ``'discriminator'``, ``'regressor'`` or one of MMPose's.
            ref_inputs (Tensor, optional): reference images ``(B, 3, H, W)`` in [-1, 1]; needed for training only.
        """
        if mode == 'generator':
            return self.generator_losses(inputs, ref_inputs, data_samples)
        if mode == 'discriminator':
            return self.discriminator_losses(inputs)
        if mode == 'regressor':
            return self.regressor_losses(data_samples)
        return super().forward(inputs, data_samples, mode)

    def translate(self, images: Tensor) -> Tensor:
        """Phi: images ``(B, 3, H, W)`` to skeleton images ``(B, 1, H, W)``."""
        return self.head.skeleton_image(self.extract_feat(images))

    def generator_losses(self, images: Tensor, references: Tensor, data_samples: list) -> dict[str, Tensor]:
        """Phase 1, Phi and Psi: explain the image, with a skeleton that D takes for real (eqs. 1-4).

        Raises:
            ValueError: if images, skeleton images and the head are not of one size.
        """
        skeleton = self.translate(images)
        sizes = [tuple(pictures.shape[-2:]) for pictures in (images, skeleton)]
        if sizes != [self.head.size] * 2:
            raise ValueError(
                f'images have {sizes[0]} pixels (height, width), skeleton images {sizes[1]}, and the head expects '
                f"{self.head.size}: TopdownAffine's input_size must be model.head.input_size, and SkeletonDecoder's "
                "stride the backbone's"
            )
        shown = self.head.render(self.head.regressor(skeleton)) if self.bottleneck else skeleton
        reconstruction = self.generator(shown, references)
        prior_skeleton = self.head.render(self._prior_keypoints(data_samples))
        # In float32: another phase may run in another precision.
        self._handed_on.update(skeleton=at_least_float32(skeleton.detach()), prior_skeleton=prior_skeleton)
        losses = {
            'loss_reconstruction': self.reconstruction_loss(reconstruction, images),
            'loss_adversarial': self.adversarial_loss(self.discriminator(skeleton)),
        }
        if self.second_cycle is not None:
            painted = self.generator(prior_skeleton, references)
            self._handed_on['painted'] = at_least_float32(painted.detach())
            losses |= self.second_cycle.generator_losses(prior_skeleton, painted, self.translate, self.adversarial_loss)
        return losses

    def discriminator_losses(self, images: Tensor) -> dict[str, Tensor]:
        """Phase 2, D: skeletons of prior poses against present and earlier predictions."""
        pooled_skeleton = self.pool.exchange(self._handed_on['skeleton'])
        losses = {
            'loss_adversarial': self.adversarial_loss.discriminator_loss(
                self.discriminator(self._handed_on['prior_skeleton']), self.discriminator(pooled_skeleton)
            )
        }
        if self.second_cycle is not None:
            losses['loss_adversarial_image'] = self.second_cycle.discriminator_loss(
                images, self._handed_on['painted'], self.adversarial_loss
            )
        return losses

    def regressor_losses(self, data_samples: list) -> dict[str, Tensor]:
        """Phase 3, eta: prior poses from their skeletons, and predicted skeletons reproduced by their keypoints."""
        skeleton = self._handed_on['skeleton']
        on_prior = F.mse_loss(
            self.head.regressor(self._handed_on['prior_skeleton']), self._prior_keypoints(data_samples)
        )
        on_predicted = F.mse_loss(self.head.render(self.head.regressor(skeleton)), skeleton)
        return {
            'loss_prior': self.regressor_weights['prior'] * on_prior,
            'loss_predicted': self.regressor_weights['predicted'] * on_predicted,
        }

    def loss(self, inputs: Tensor, data_samples: list) -> dict:
        """Not a way to train this model.

        Raises:
            RuntimeError: always; the phases have an optimiser each.
        """
        raise RuntimeError(
            'KeypointGAN trains in phases: use train_cfg.type="kpgan_mm.GANTrainLoop" and '
            'optim_wrapper.constructor="kpgan_mm.MultiOptimWrapperConstructor"'
        )

    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """MMPose's prediction; ``test_cfg=dict(reconstruct=True)`` adds how well the image is explained.

        Every image is then reconstructed from its keypoints and its neighbour in the batch. ``reconstruction_error``
        and, for comparison, ``copy_reference_error``, that of the neighbour itself, are mean absolute differences to
        the image in units of the full range of a pixel. An image alone in its batch has no neighbour and gets neither.
        """
        samples = super().predict(inputs, data_samples)
        if self.test_cfg.get('reconstruct') and len(inputs) > 1:
            add_reconstruction_errors(samples, self.visuals(inputs))
        return samples

    @torch.no_grad()
    def visuals(self, inputs: Tensor, ref_inputs: Tensor | None = None) -> dict[str, Tensor]:
        """Everything a person wants to see of some images.

        Args:
            inputs (Tensor): images ``(B, 3, H, W)`` in [-1, 1].
            ref_inputs (Tensor, optional): references; by default every image is explained by its neighbour in the
                batch.

        Returns:
            dict[str, Tensor]: ``images``, ``references``, ``reconstructions`` ``(B, 3, H, W)``, ``skeletons``,
            ``clean_skeletons`` ``(B, 1, H, W)``, all nominally in [-1, 1], and ``keypoints`` ``(B, K, 2)`` in [-1, 1].
        """
        references = inputs.roll(1, dims=0) if ref_inputs is None else ref_inputs
        skeletons = self.translate(inputs)
        keypoints = self.head.regressor(skeletons)
        clean_skeletons = self.head.render(keypoints)
        # The joints that predictions have, too.
        predicted = self.test_cfg.get('output_keypoint_indices')
        keypoints = keypoints if predicted is None else keypoints[:, list(predicted)]
        pictures = dict(
            images=inputs,
            references=references,
            reconstructions=self.generator(clean_skeletons if self.bottleneck else skeletons, references),
        )
        pictures = {name: to_pictures(values, self.data_preprocessor) for name, values in pictures.items()}
        return {**pictures, 'skeletons': skeletons, 'clean_skeletons': clean_skeletons, 'keypoints': keypoints}

    @staticmethod
    def _prior_keypoints(data_samples: list) -> Tensor:
        """Unpaired poses of the batch, ``(B, K, 2)`` in [-1, 1]."""
        return torch.cat([sample.gt_instance_labels.prior_keypoints for sample in data_samples])
