"""Does the skeleton image smuggle appearance? The check of figure 4 of Jakab et al. 2020, with a number."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from .generation import in_batches, network_inputs, paint, require_skeleton_image, to_array, to_bgr
from .images import Image


@dataclass(frozen=True)
class LeakCheck:
    """N images reconstructed twice.

    Attributes:
        images, references (np.ndarray): ``(N, H, W, 3)`` uint8 BGR, as the network sees them.
        skeletons (np.ndarray): ``(N, H, W)`` float32, Phi(x), nominally in [-1, 1] but unbounded.
        clean_skeletons (np.ndarray): ``(N, H, W)`` float32 in [-1, 1], beta(eta(Phi(x))).
        from_raw, from_clean (np.ndarray): ``(N, H, W, 3)`` uint8 BGR, Psi's reconstruction from either, clipped.
        raw_errors, clean_errors (np.ndarray): ``(N,)`` mean absolute difference to the image, in units of the full
            range of a pixel, not clipped.
    """

    images: np.ndarray
    references: np.ndarray
    skeletons: np.ndarray
    clean_skeletons: np.ndarray
    from_raw: np.ndarray
    from_clean: np.ndarray
    raw_errors: np.ndarray
    clean_errors: np.ndarray

    @property
    def gains(self) -> np.ndarray:
        """Error from the clean skeleton minus error from the raw one, ``(N,)``: what the raw one helps."""
        return self.clean_errors - self.raw_errors

    @property
    def score(self) -> float:
        """The leak score, the mean gain: 0 or less if nothing in the raw skeleton helps that the keypoints lack."""
        return float(self.gains.mean())

    @property
    def standard_error(self) -> float:
        """Standard error of the score; takes the N images for independent."""
        return float(self.gains.std(ddof=1) / math.sqrt(len(self.gains)))

    @property
    def relative_score(self) -> float:
        """The score as a share of the mean error from the clean skeleton (0 where that is 0); at most 1."""
        error = float(self.clean_errors.mean())
        return self.score / error if error else 0.0


@torch.no_grad()
def leak_check(
    model: nn.Module, images: Sequence[Image], references: Sequence[Image], box: Sequence[float] | None = None
) -> LeakCheck:
    """Reconstruct images from their raw and from their clean skeletons, and compare.

    With references from *different* videos, what an image looks like must come through the skeleton if it comes at
    all: where the raw skeleton gives a better reconstruction than its redrawing from keypoints, it carries something
    that the keypoints do not. With references from the *same* video the appearance is known, and the same difference
    tells what remains: geometry lost between skeleton and keypoints, and that the generator has been trained on one of
    the two kinds of skeleton only.

    Args:
        model (nn.Module): KeypointGAN or one of its ablations, from :func:`init_keypoint_model`.
        images (Sequence[str | Path | np.ndarray | Mapping]): at least two files, arrays ``(H, W, 3)`` uint8 BGR, or
            samples of the model's test set.
        references (Sequence): one for each image, likewise.
        box (Sequence[float], optional): as for :func:`predict_samples`.

    Returns:
        LeakCheck: pictures, errors and score.

    Raises:
        FileNotFoundError: if an image does not exist.
        ValueError: if there are fewer than two pairs, or the model has no generator that paints from a skeleton image.
    """
    require_skeleton_image(model, 'the leak check')
    if len(images) != len(references) or len(images) < 2:
        raise ValueError(
            f'the leak check needs two pairs or more, got {len(images)} images and {len(references)} references'
        )

    def check(images: Sequence[Image], references: Sequence[Image]) -> tuple[np.ndarray, ...]:
        targets, others = (network_inputs(model, pictures, box) for pictures in (images, references))
        visuals = model.visuals(targets, others)
        skeletons = visuals['skeletons'], visuals['clean_skeletons']
        reconstructions = [paint(model, skeleton, others) for skeleton in skeletons]
        errors = [(made - visuals['images']).abs().mean(dim=(1, 2, 3)) / 2 for made in reconstructions]
        return (
            to_bgr(visuals['images']),
            to_bgr(visuals['references']),
            *map(to_array, skeletons),
            *map(to_bgr, reconstructions),
            *(error.double().cpu().numpy() for error in errors),
        )

    return LeakCheck(*in_batches(check, images, references))
