"""Reconstruction error in the feature space of a frozen network."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from kpgan_mm.geometry import at_least_float32, border_mask
from kpgan_mm.registry import MODELS
from kpgan_mm.utils.collectives import mean_over_processes

from ..lean_layers import make_lean


@MODELS.register_module()
class PerceptualLoss(BaseModule):
    """Mean of normalised squared errors of the image itself and of the features of a frozen extractor.

    Every term e_l is divided by its running mean ``m_l <- 0.99 m_l + 0.01 e_l`` (``m_l = e_l`` at first), so that all
    layers weigh the same whatever their scale. The value hovers around 1 by construction: read the reconstruction, not
    the curve. The running means are buffers, saved with the model; several processes average their terms.

    Args:
        extractor (dict): config of any MMPretrain or MMPose backbone, or of :class:`ImagePyramid`, which has no
            weights. ``dict(type='mmpretrain.VGG', depth=19, act_cfg=None)`` is the released, ReLU-free VGG-19; without
            ``act_cfg`` it is the standard one. Weights come through the extractor's ``init_cfg`` (a file or URL).
        layers (Sequence[str], optional): names of the extractor's modules whose outputs are compared; by default the
            feature maps which it returns, counted by its ``out_indices``.
        mean (Sequence[float]): subtracted from RGB in [0, 255] before the extractor (released VGG: 123.68, 116.779,
            103.939).
        std (Sequence[float]): then divided by.
        untrained_seed (int, optional): initialise the extractor at random from this seed, for work without weights.
        momentum (float): share of the new value in the running means.
        initial_means (Sequence[float], optional): where the running means begin, the image's first; by default at the
            first values, so that the first loss is ``loss_weight``.
        detach_means (bool): whether the running means count as constants. False lets the gradient see the share that
            the new value has in them, as IMM does.
        border (dict, optional): ``dict(margin=..., ramp=...)`` in pixels of the image weighs errors with
            :func:`kpgan_mm.geometry.border_mask`, brought to the size of each term, as IMM does where pairs are warps
            of one picture.
        loss_weight (float): factor on the mean of all terms.

    Raises:
        ValueError: if an extractor with parameters gets neither weights nor a seed, a layer does not exist, no layers
            are given for an extractor without ``out_indices``, or there is not one initial mean for each term.
    """

    def __init__(
        self,
        extractor: dict,
        layers: Sequence[str] | None = None,
        mean: Sequence[float] = (123.68, 116.779, 103.939),
        std: Sequence[float] = (1.0, 1.0, 1.0),
        untrained_seed: int | None = None,
        momentum: float = 0.01,
        initial_means: Sequence[float] | None = None,
        detach_means: bool = True,
        border: dict | None = None,
        loss_weight: float = 10.0,
    ) -> None:
        super().__init__()
        if str(extractor['type']).startswith('mmpretrain.'):
            from kpgan_mm.utils.compat import ensure_mmpretrain

            ensure_mmpretrain()
        self.extractor = MODELS.build(extractor)
        if (
            untrained_seed is None
            and not extractor.get('init_cfg')
            and next(self.extractor.parameters(), None) is not None
        ):
            raise ValueError(
                'PerceptualLoss has no weights: give the extractor an init_cfg with the file of its weights, or set '
                'untrained_seed to work with a random extractor'
            )
        if untrained_seed is not None:
            self._initialise_untrained(untrained_seed)
        self.extractor.requires_grad_(False).eval()
        make_lean(self.extractor)
        self.layers = None if layers is None else tuple(layers)
        modules = dict(self.extractor.named_modules())
        for name in self.layers or ():
            if name not in modules:
                raise ValueError(f'the extractor has no layer "{name}"; it has {", ".join(filter(None, modules))}')
        compared = getattr(self.extractor, 'out_indices', None) if self.layers is None else self.layers
        if not isinstance(compared, Sequence):
            raise ValueError(
                f'{type(self.extractor).__name__} has no out_indices to tell how many feature maps it returns: '
                "give PerceptualLoss the names of the extractor's modules to compare as layers"
            )
        self.momentum = momentum
        self.detach_means = detach_means
        self.border = border
        self.loss_weight = loss_weight
        self.register_buffer('mean', torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer('std', torch.tensor(std).view(1, 3, 1, 1), persistent=False)
        # NaN marks a term that has not been seen; one place for each layer and one for the image.
        num_terms = 1 + len(compared)
        if initial_means is None:
            initial_means = [torch.nan] * num_terms
        if len(initial_means) != num_terms:
            raise ValueError(
                f'PerceptualLoss has {num_terms} terms, the image and {len(compared)} layers, but {len(initial_means)} '
                'initial_means'
            )
        self.register_buffer('running_means', torch.tensor(initial_means, dtype=torch.float32))

    def _initialise_untrained(self, seed: int) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for module in self.extractor.modules():
                if isinstance(module, nn.Conv2d):
                    nn.init.kaiming_normal_(module.weight)
                    if module.bias is not None:
                        nn.init.zeros_(module.bias)
        # Otherwise the Runner's init_weights would draw other weights.
        for module in self.extractor.modules():
            if isinstance(module, BaseModule):
                module._is_init = True

    def train(self, mode: bool = True) -> nn.Module:
        super().train(mode)
        self.extractor.eval()
        return self

    def features(self, images: Tensor) -> list[Tensor]:
        """Images ``(B, 3, H, W)`` in [-1, 1] RGB to what is compared: the centred image, then the features."""
        centred = (images + 1) * 127.5 - self.mean
        if self.layers is not None:
            outputs = self._outputs_of_layers(centred / self.std)
        else:
            outputs = self.extractor(centred / self.std)
        if isinstance(outputs, Tensor):
            outputs = [outputs]
        return [centred, *outputs]

    def _outputs_of_layers(self, inputs: Tensor) -> list[Tensor]:
        """Run the extractor as far as its last layer that is compared.

        Listened to for this call only: hooks can neither be copied nor pickled.
        """
        outputs: dict[str, Tensor] = {}
        # A later activation that works in place must not overwrite what is compared.
        in_place = any(getattr(module, 'inplace', False) for module in self.extractor.modules())

        def listen_to(name: str):
            def keep(_module: nn.Module, _inputs, output: Tensor) -> None:
                outputs[name] = output.clone() if in_place else output
                if len(outputs) == len(self.layers):
                    raise _AllHeard

            return self.extractor.get_submodule(name).register_forward_hook(keep)

        hooks = [listen_to(name) for name in self.layers]
        try:
            self.extractor(inputs)
        except _AllHeard:
            pass
        finally:
            for hook in hooks:
                hook.remove()
        return [outputs[name] for name in self.layers]

    def forward(self, reconstructions: Tensor, images: Tensor) -> Tensor:
        """Compare.

        Args:
            reconstructions (Tensor): ``(B, 3, H, W)``, nominally in [-1, 1], RGB.
            images (Tensor): ``(B, 3, H, W)`` in [-1, 1], RGB; receives no gradient.

        Returns:
            Tensor: scalar, float32 even under autocast (float64 if the images are).
        """
        with torch.autocast(images.device.type, enabled=False):
            with torch.no_grad():
                targets = self.features(at_least_float32(images))
            outputs = self.features(at_least_float32(reconstructions))
            mask = None if self.border is None else border_mask(images.shape[-2:], **self.border).to(images.device)
            errors = torch.stack([_error(a, b, mask) for a, b in zip(outputs, targets, strict=True)])
            means = self.running_means
            if self.training:
                seen = mean_over_processes(errors.detach() if self.detach_means else errors)
                means = torch.where(means.isnan(), seen.detach(), means.lerp(seen, self.momentum))
                self.running_means.copy_(means.detach())
            means = torch.where(means.isnan(), torch.ones_like(means), means)
            return self.loss_weight * (errors / (means + 1e-8)).mean()


class _AllHeard(Exception):
    """The layers that are compared have all been run: what the extractor has behind them is not needed."""


def _error(outputs: Tensor, targets: Tensor, mask: Tensor | None) -> Tensor:
    """Mean squared difference of two maps ``(B, C, h, w)``, each place weighed by the image's mask ``(H, W)``."""
    size = outputs.shape[-2:]
    outputs, targets = in_memory_order(outputs), in_memory_order(targets)
    if mask is None:
        return F.mse_loss(outputs, targets)
    mask = F.interpolate(mask[None, None], size, mode='bilinear', align_corners=False)
    return ((outputs - targets).square() * mask[0, 0, :, :, None]).mean()


def in_memory_order(features: Tensor) -> Tensor:
    """Maps ``(B, C, h, w)``, which extractors give in the channels-last layout, as ``(B, h, w, C)`` without a copy.

    A mean over them then has its gradient ten times as fast: PyTorch spreads one number in the order of the axes.
    """
    return features.permute(0, 2, 3, 1)
