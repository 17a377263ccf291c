"""From pictures, as a user has them, to what a model takes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from torch import nn

from kpgan_mm.datasets.image_files import read_image

# A file; an array (H, W, 3) uint8 BGR; or a sample of the model's test set, which is cropped already.
Image = str | Path | np.ndarray | Mapping


def as_picture(image: str | Path | np.ndarray) -> np.ndarray:
    """An image ``(H, W, 3)`` uint8 BGR from a file or as given.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it cannot be read, or the array has another shape.
    """
    if isinstance(image, (str, Path)):
        return read_image(image)
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f'an image must be an array (H, W, 3) in BGR, got the shape {image.shape}')
    return image


def one_each(box: Sequence[float] | Sequence[Sequence[float]] | None, number: int) -> bool:
    """Whether these are boxes ``(number, 4)``, one for each image, and not the one ``(4,)`` of all.

    Raises:
        ValueError: if they are boxes for another number of images.
    """
    shape = (4,) if box is None else np.shape(box)
    if shape not in ((4,), (number, 4)):
        raise ValueError(f'box must be (x1, y1, x2, y2), or one such box for each of {number} images, got {shape}')
    return len(shape) == 2


def pack_images(
    model: nn.Module, images: Sequence[Image], box: Sequence[float] | Sequence[Sequence[float]] | None = None
) -> dict:
    """Put images through the model's test pipeline and collate them.

    Args:
        model (nn.Module): from :func:`init_keypoint_model`.
        images (Sequence[Image]): see :data:`Image`.
        box (Sequence, optional): (x1, y1, x2, y2) in pixels, where the figure is in every image, or one such box for
            each. Defaults to the whole image; samples of a data set have their own.

    Returns:
        dict: ``inputs`` and ``data_samples``, for ``model.data_preprocessor``.

    Raises:
        FileNotFoundError: if an image does not exist.
        ValueError: if an image cannot be read, a box is empty, or the pipeline needs more than a picture.
    """
    init_default_scope(model.cfg.get('default_scope', 'mmpose'))
    pipeline = Compose(model.cfg.test_dataloader.dataset.pipeline)
    samples = []
    boxes = box if one_each(box, len(images)) else [box] * len(images)
    for image, box in zip(images, boxes, strict=True):
        if isinstance(image, Mapping):
            samples.append(image)
            continue
        image = as_picture(image)
        x1, y1, x2, y2 = (0, 0, image.shape[1], image.shape[0]) if box is None else box
        if not (x1 < x2 and y1 < y2):  # nor is NaN
            raise ValueError(f'box must be (x1, y1, x2, y2) with x1 < x2 and y1 < y2, got {(x1, y1, x2, y2)}')
        info = {
            'img': image,
            'bbox': np.array([[x1, y1, x2, y2]], np.float32),
            'bbox_score': np.ones(1, np.float32),
            **model.dataset_meta,
        }
        try:
            samples.append(pipeline(info))
        except KeyError as error:
            raise ValueError(f'the test pipeline of the config needs more than a picture: {error.args[0]}') from error
    return pseudo_collate(samples)
