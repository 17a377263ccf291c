"""Every pose in every appearance: figure 9 of Jakab et al. 2020."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from .generation import in_batches, network_inputs, require_reference, to_bgr
from .images import Image


@dataclass(frozen=True)
class AppearanceGrid:
    """R poses by C appearances; all pictures uint8 BGR at the size of the network's input.

    Attributes:
        geometry (np.ndarray): ``(R, H, W, 3)``, the images that give the poses.
        appearance (np.ndarray): ``(C, H, W, 3)``, the images that give figure and background.
        cells (np.ndarray): ``(R, C, H, W, 3)``, each row one pose, each column one appearance.
    """

    geometry: np.ndarray
    appearance: np.ndarray
    cells: np.ndarray


@torch.no_grad()
def appearance_grid(
    model: nn.Module,
    geometry_images: Sequence[Image],
    appearance_images: Sequence[Image],
    box: Sequence[float] | None = None,
) -> AppearanceGrid:
    """Redraw every appearance image in every geometry image's pose; each cell is what :func:`reenact` gives.

    Args:
        model (nn.Module): from :func:`init_keypoint_model`, with its generator.
        geometry_images (Sequence[str | Path | np.ndarray | Mapping]): the rows; files, arrays ``(H, W, 3)`` uint8 BGR,
            or samples of the model's test set.
        appearance_images (Sequence): the columns, likewise.
        box (Sequence[float], optional): as for :func:`predict_samples`.

    Returns:
        AppearanceGrid: the images and the cells.

    Raises:
        FileNotFoundError: if an image does not exist.
        ValueError: if there are no images for rows or columns, the model has no generator, or it cannot take its
            appearance from another image.
    """
    require_reference(model, 'the grid of appearances and poses')
    if not len(geometry_images) or not len(appearance_images):
        raise ValueError(
            'the grid needs an image at least for each side, got '
            f'{len(geometry_images)} for geometry and {len(appearance_images)} for appearance'
        )
    geometry, appearance = (network_inputs(model, images, box) for images in (geometry_images, appearance_images))
    rows, columns = len(geometry), len(appearance)

    def redraw(poses: torch.Tensor, looks: torch.Tensor) -> tuple[np.ndarray, ...]:
        visuals = model.visuals(poses, looks)
        return tuple(to_bgr(visuals[name]) for name in ('images', 'references', 'reconstructions'))

    poses, looks, cells = in_batches(
        redraw, geometry.repeat_interleave(columns, dim=0), appearance.repeat(rows, 1, 1, 1)
    )
    return AppearanceGrid(poses[::columns], looks[:columns], cells.reshape(rows, columns, *cells.shape[1:]))
