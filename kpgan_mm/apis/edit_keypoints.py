"""Move keypoints and have the image painted again: figure 10 of Jakab et al. 2020."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from kpgan_mm.evaluation.crops import crop_to_image, image_to_crop
from kpgan_mm.geometry import normalized_to_pixels, pixels_to_normalized

from .generation import in_batches, paint, require_skeleton_image, to_array, to_bgr
from .images import Image, pack_images


@dataclass(frozen=True)
class EditedImage:
    """An image painted from its own keypoints (step 0) and from moved ones (steps 1 to S).

    Attributes:
        image (np.ndarray): ``(H, W, 3)`` uint8 BGR, as the network sees it; also the reference of all paintings.
        skeleton (np.ndarray): ``(H, W)`` float32, Phi's own drawing, nominally in [-1, 1] but unbounded.
        keypoints (np.ndarray): ``(S + 1, K, 2)`` float32 as (x, y) in pixels of the given image.
        crop_keypoints (np.ndarray): the same in pixels of :attr:`image`.
        clean_skeletons (np.ndarray): ``(S + 1, H, W)`` float32 in [-1, 1], drawn from the keypoints.
        pictures (np.ndarray): ``(S + 1, H, W, 3)`` uint8 BGR.
    """

    image: np.ndarray
    skeleton: np.ndarray
    keypoints: np.ndarray
    crop_keypoints: np.ndarray
    clean_skeletons: np.ndarray
    pictures: np.ndarray


def moved_keypoints(keypoints: np.ndarray, names: Sequence[str], moves: Mapping[str, Sequence[float]]) -> np.ndarray:
    """Keypoints with some of them moved.

    Args:
        keypoints (np.ndarray): ``(K, 2)``; not changed.
        names (Sequence[str]): of the K keypoints.
        moves (Mapping[str, Sequence[float]]): (dx, dy) by name, in the unit of the keypoints.

    Returns:
        np.ndarray: ``(K, 2)``.

    Raises:
        ValueError: if there is no keypoint of that name.
    """
    moved = keypoints.copy()
    for name, offset in moves.items():
        if name not in names:
            raise ValueError(f'there is no keypoint {name!r} to move; there are {", ".join(names)}')
        moved[list(names).index(name)] += offset
    return moved


@torch.no_grad()
def edit_keypoints(
    model: nn.Module,
    image: Image,
    moves: Mapping[str, Sequence[float]] | None = None,
    keypoints: np.ndarray | None = None,
    steps: int = 1,
    box: Sequence[float] | None = None,
) -> EditedImage:
    """Move keypoints of an image and paint it again, in equal steps from where they are to where they go.

    The keypoints go through the drawing of a clean skeleton to the generator, with the image itself as reference. An
    ablation without bottleneck is shown the clean skeleton all the same, which it has not been trained on.

    Args:
        model (nn.Module): KeypointGAN or one of its ablations, from :func:`init_keypoint_model`.
        image (str | Path | np.ndarray | Mapping): a file, an array ``(H, W, 3)`` uint8 BGR, or a sample of the model's
            test set.
        moves (Mapping[str, Sequence[float]], optional): (dx, dy) by name of the keypoint, in pixels of the image; x to
            the right, y down.
        keypoints (np.ndarray, optional): instead, where all keypoints go: ``(K, 2)`` in pixels of the image.
        steps (int): on the way.
        box (Sequence[float], optional): as for :func:`predict_samples`.

    Returns:
        EditedImage: the pictures, the unmoved one first. Its keypoints are read as in training, without the flip test.

    Raises:
        FileNotFoundError: if the image does not exist.
        ValueError: if not just one of ``moves`` and ``keypoints`` is given, a name is unknown, a value is not finite,
            ``steps`` is below 1, or the model has no generator that paints from a skeleton image.

    Example:
        >>> edited = edit_keypoints(model, 'frame.jpg', moves={'left_wrist': (10, -20)}, steps=4)
    """
    require_skeleton_image(model, 'moving keypoints')
    if (moves is None) == (keypoints is None):
        raise ValueError('edit_keypoints takes either moves or keypoints')
    if steps < 1:
        raise ValueError(f'steps must be at least 1, got {steps}')
    if model.test_cfg.get('output_keypoint_indices') is not None:
        raise ValueError(
            'edit_keypoints redraws the whole skeleton, but model.test_cfg.output_keypoint_indices hands out some of '
            'its keypoints: set it to None, and give the dataset the metainfo of all of them'
        )
    batch = pack_images(model, [image], box)
    crop = batch['data_samples'][0].metainfo
    inputs = model.data_preprocessor(batch, False)['inputs']
    visuals = model.visuals(inputs, inputs)
    size = tuple(inputs.shape[-2:])

    start = visuals['keypoints'][0].double().cpu().numpy()
    found = crop_to_image(normalized_to_pixels(start, size), crop)
    names = [name for _, name in sorted(model.dataset_meta['keypoint_id2name'].items())]
    goal = moved_keypoints(found, names, moves) if keypoints is None else np.asarray(keypoints, np.float64)
    if goal.shape != found.shape or not np.isfinite(goal).all():
        raise ValueError(f'keypoints must be {found.shape} finite numbers, got {goal.shape}: {goal.tolist()}')

    ways = np.linspace(0, 1, steps + 1)[:, None, None]
    # step 0 as read, not as computed back from pixels
    normalized = start + ways * (pixels_to_normalized(image_to_crop(goal, crop), size) - start)

    def redraw(poses: np.ndarray) -> tuple[np.ndarray, ...]:
        skeletons = model.head.render(torch.from_numpy(poses).to(visuals['keypoints']))
        return to_array(skeletons), to_bgr(paint(model, skeletons, inputs.expand(len(poses), -1, -1, -1)))

    clean_skeletons, pictures = in_batches(redraw, normalized)
    crop_keypoints = normalized_to_pixels(normalized, size)
    return EditedImage(
        image=to_bgr(visuals['images'])[0],
        skeleton=to_array(visuals['skeletons'])[0],
        keypoints=crop_to_image(crop_keypoints, crop).astype(np.float32),
        crop_keypoints=crop_keypoints.astype(np.float32),
        clean_skeletons=clean_skeletons,
        pictures=pictures,
    )
