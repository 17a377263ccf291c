"""From a data sample, as metrics get it, to the geometry of its crop."""

import numpy as np

from kpgan_mm.geometry import normalized_to_pixels

CROP_KEYS = ('input_size', 'input_center', 'input_scale')


def _box(data_sample: dict) -> tuple[np.ndarray, np.ndarray]:
    """Upper left corner and extent of the bounding box, ``(2,)`` each, (x, y) in pixels of the image."""
    instances = data_sample['gt_instances']
    if 'bboxes' not in instances:
        raise ValueError('the data sample has no gt_instances.bboxes: give every sample of the test set a "bbox"')
    corners = np.asarray(instances['bboxes'], dtype=np.float64).reshape(-1, 2, 2)[0]
    return corners[0], corners[1] - corners[0]


def image_side(data_sample: dict) -> float:
    """Side of the sample's bounding box in pixels; the longer one if the box is not square.

    Raises:
        ValueError: if the sample has no bounding box.
    """
    return float(_box(data_sample)[1].max())


def image_to_box(keypoints: np.ndarray, data_sample: dict, origin: str = 'corner') -> np.ndarray:
    """Map pixels of the image to positions in the bounding box, its longer side being 1.

    Args:
        keypoints (np.ndarray): ``(..., 2)`` in pixels of the image.
        data_sample (dict): as metrics get it.
        origin (str): what is at (0, 0): ``'corner'``, the upper left one, or ``'centre'``.

    Returns:
        np.ndarray: ``(..., 2)``; in a square box the keypoints inside are in [0, 1], or [-0.5, 0.5].

    Raises:
        ValueError: if the sample has no bounding box, or an empty one.
    """
    corner, extent = _box(data_sample)
    side = extent.max()
    if side <= 0:
        raise ValueError('image sides must be positive: a bounding box in the data set is empty')
    zero = corner + extent / 2 if origin == 'centre' else corner
    return (keypoints - zero) / side


def _crop(data_sample: dict) -> list[np.ndarray]:
    """Size (width, height), centre and scale of the crop, ``(2,)`` each."""
    missing = [key for key in CROP_KEYS if key not in data_sample]
    if missing:
        raise ValueError(f'the data sample lacks {", ".join(missing)}: list them in the meta_keys of PackPoseInputs')
    return [np.asarray(data_sample[key], dtype=np.float64).reshape(-1, 2)[0] for key in CROP_KEYS]


def crop_to_image(keypoints: np.ndarray, data_sample: dict) -> np.ndarray:
    """Map pixels of the network's input to pixels of the image, as MMPose's top-down estimators do.

    Args:
        keypoints (np.ndarray): ``(..., 2)`` in pixels of the input crop.
        data_sample (dict): with the meta keys ``input_size`` (width, height), ``input_center`` and ``input_scale``.

    Returns:
        np.ndarray: ``(..., 2)`` in pixels of the image.

    Raises:
        ValueError: if a meta key is missing.
    """
    size, center, scale = _crop(data_sample)
    return keypoints / size * scale + center - 0.5 * scale


def place_in_crop(keypoints: np.ndarray, data_sample: dict) -> np.ndarray:
    """Put a pose given in ``[-1, 1]`` into the sample's crop.

    Args:
        keypoints (np.ndarray): ``(K, 2)`` in ``[-1, 1]``.
        data_sample (dict): as for :func:`crop_to_image`.

    Returns:
        np.ndarray: ``(K, 2)`` in pixels of the image.
    """
    width, height = _crop(data_sample)[0]
    pixels = normalized_to_pixels(np.asarray(keypoints, np.float64), size=(int(height), int(width)))
    return crop_to_image(pixels, data_sample)


def image_to_crop(keypoints: np.ndarray, data_sample: dict) -> np.ndarray:
    """Inverse of :func:`crop_to_image`; same shapes."""
    size, center, scale = _crop(data_sample)
    return (keypoints - center + 0.5 * scale) / scale * size
