"""Painting the same appearance again and again while keypoints move."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from kpgan_mm.apis.generation import paint, require_generator, to_array
from kpgan_mm.geometry import gaussian_maps
from kpgan_mm.models.pose_estimators import IMM, AutoLink
from kpgan_mm.visualization import draw_skeletons

# Appearances that are remembered.
_REMEMBERED = 8


class Remembering(nn.Module):
    """A module that is asked about the same tensors again and again, and knows the answers.

    Args:
        module: In evaluation mode.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module
        self.answers: OrderedDict[int, tuple[Tensor, Tensor]] = OrderedDict()

    def forward(self, question: Tensor) -> Tensor:
        """The module's answer. Tensors are told apart by identity; they are kept so that it stays theirs."""
        key = id(question)
        if key not in self.answers:
            self.answers[key] = (question, self.module(question))
            while len(self.answers) > _REMEMBERED:
                self.answers.popitem(last=False)
        self.answers.move_to_end(key)
        return self.answers[key][1]


def remember_appearances(model: nn.Module) -> None:
    """Have a model's generator encode each reference once, in place; one without such an encoder is left alone."""
    generator = getattr(model, 'generator', None)
    if isinstance(getattr(generator, 'appearance_encoder', None), nn.Module):
        generator.appearance_encoder = Remembering(generator.appearance_encoder)


def require_movable(model: nn.Module) -> None:
    """Refuse a model that cannot paint from keypoints that are given.

    Raises:
        ValueError: If it has no generator, or hands out only some of the keypoints that it paints from.
    """
    require_generator(model, 'moving keypoints')
    if model.test_cfg.get('output_keypoint_indices') is not None:
        raise ValueError(
            'moving keypoints needs all of them, and model.test_cfg.output_keypoint_indices hands out some: '
            'set it to None in the config'
        )


def paint_keypoints(model: nn.Module, keypoints: Tensor, references: Tensor) -> tuple[Tensor, Tensor]:
    """Paint given keypoints with KeypointGAN, IMM or AutoLink.

    Args:
        model: With a generator.
        keypoints: ``(B, K, 2)`` in [-1, 1].
        references: ``(B, 3, H, W)`` as the networks take them, with the appearance. AutoLink sees a fifth of their
            blocks, as in training.

    Returns:
        tuple[Tensor, Tensor]: pictures ``(B, 3, H, W)`` and what was drawn for the generator ``(B, 1, H, W)``, both
        nominally in [-1, 1].
    """
    drawn = model.head.render(keypoints)
    pictures = paint(model, drawn, model.mask(references) if isinstance(model, AutoLink) else references)
    if isinstance(model, AutoLink):
        drawn = 2 * drawn / model.head.edge_weights().max() - 1
    elif isinstance(model, IMM):
        drawn = 2 * gaussian_maps(keypoints, model.head.size, model.head.std).amax(dim=1, keepdim=True) - 1
    return pictures, drawn


def skeleton_picture(skeletons: Tensor) -> torch.Tensor:
    """The first of skeleton images ``(B, 1, H, W)`` as a picture ``(H, W, 3)`` uint8."""
    return draw_skeletons(to_array(skeletons[:1]))[0]
