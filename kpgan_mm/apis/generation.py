"""What everything that redraws images shares: the checks, and the way into the networks and out of them."""

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor, nn

from kpgan_mm.models.pose_estimators import AutoLink, KeypointGAN
from kpgan_mm.models.pose_estimators.reconstruction import to_pictures
from kpgan_mm.visualization import to_uint8

from .images import Image, pack_images


def require_generator(model: nn.Module, what: str) -> None:
    """Refuse a model that can only predict.

    Raises:
        ValueError: if the model has no generator; ``what`` cannot do without.
    """
    if not hasattr(model, 'visuals'):
        raise ValueError(
            f'{type(model).__name__} has no generator and can only predict: {what} needs the training config '
            'and an unstripped checkpoint'
        )


def require_reference(model: nn.Module, what: str) -> None:
    """Refuse a model that cannot take its appearance from another image.

    Raises:
        ValueError: if the model has no generator, or one that fills in what is left of the image itself.
    """
    require_generator(model, what)
    if isinstance(model, AutoLink):
        raise ValueError(
            f'{what} needs a model that takes its appearance from another image, and AutoLink takes it from what is '
            'left of the image itself'
        )


def require_skeleton_image(model: nn.Module, what: str) -> None:
    """Refuse a model whose generator does not paint from a skeleton image.

    Raises:
        ValueError: if the model has no generator, or is no KeypointGAN.
    """
    require_generator(model, what)
    if not isinstance(model, KeypointGAN):
        raise ValueError(
            f'{what} needs a model that paints from a skeleton image, KeypointGAN or one of its ablations, and this is '
            f'{type(model).__name__}'
        )


def network_inputs(model: nn.Module, images: Sequence[Image], box: Sequence[float] | None = None) -> Tensor:
    """Images ``(N, 3, H, W)`` as the networks take them; arguments as for :func:`pack_images`."""
    return model.data_preprocessor(pack_images(model, images, box), False)['inputs']


def paint(model: nn.Module, skeletons: Tensor, references: Tensor) -> Tensor:
    """Reconstructions from any skeleton images.

    Args:
        model (nn.Module): KeypointGAN or one of its ablations.
        skeletons (Tensor): ``(B, 1, H, W)``, raw or clean.
        references (Tensor): ``(B, 3, H, W)`` from :func:`network_inputs`; an unconditional generator ignores them.

    Returns:
        Tensor: ``(B, 3, H, W)``, pixels nominally in [-1, 1].
    """
    return to_pictures(model.generator(skeletons, references), model.data_preprocessor)


def to_bgr(images: Tensor) -> np.ndarray:
    """Pictures ``(N, H, W, 3)`` uint8 BGR of images ``(N, 3, H, W)`` in [-1, 1] RGB; what exceeds it is clipped."""
    return np.ascontiguousarray(to_uint8(images)[..., ::-1])


def to_array(skeletons: Tensor) -> np.ndarray:
    """Skeleton images ``(N, 1, H, W)`` as float32 arrays ``(N, H, W)``."""
    return skeletons.detach()[:, 0].float().cpu().numpy()


def in_batches(function: Callable, *sequences: Sequence, size: int = 32) -> list[np.ndarray]:
    """Apply a function to parts of sequences of one length, so that a batch fits into memory, and join the results.

    Args:
        function (Callable): takes a part of each sequence, returns arrays of its length.
        sequences (Sequence): of one length, not empty.
        size (int): of a part.

    Returns:
        list[np.ndarray]: as the function returns them, for the whole sequences.
    """
    parts = [
        function(*(sequence[start : start + size] for sequence in sequences))
        for start in range(0, len(sequences[0]), size)
    ]
    return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
