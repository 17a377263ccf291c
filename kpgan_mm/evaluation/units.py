"""What counts as one in an error: the four lengths that the protocols divide by."""

from collections.abc import Sequence

import numpy as np

from .crops import image_side

# Name of a unit, and how a sentence calls it.
UNITS = {
    'percent': '% of the image side',
    'pixels': 'pixels of the image',
    'inter_ocular': '% of the distance between the eyes',
    'side_255': '1/255 of the image side',
}


def check_unit(unit: str) -> str:
    """The unit itself.

    Raises:
        ValueError: if there is no such unit.
    """
    if unit not in UNITS:
        raise ValueError(f'there is no unit {unit!r}: use one of {", ".join(UNITS)}')
    return unit


def unit_length(unit: str, data_sample: dict, target: np.ndarray, eyes: Sequence[int] = (0, 1)) -> float:
    """Length of one unit in pixels of the sample's image; an error is a distance in pixels divided by it.

    Args:
        unit (str): one of ``UNITS``. The image side is that of the bounding box, see
            :func:`~kpgan_mm.evaluation.crops.image_side`.
        data_sample (dict): as metrics get it.
        target (np.ndarray): ``(K, 2)`` labelled joints in pixels of the image.
        eyes (Sequence[int]): the two joints whose labelled distance is the inter-ocular one.

    Returns:
        float: positive; infinity never.

    Raises:
        ValueError: if the unit is unknown, the box is empty, a joint does not exist, or both eyes are at one place.
    """
    check_unit(unit)
    if unit == 'pixels':
        return 1.0
    if unit == 'inter_ocular':
        if len(set(eyes)) != 2 or not all(0 <= eye < len(target) for eye in eyes):
            raise ValueError(f'eyes must be two different joints below {len(target)}, got {tuple(eyes)}')
        distance = float(np.linalg.norm(target[eyes[0]] - target[eyes[1]]))
        if not distance > 0:
            name = data_sample.get('img_path') or data_sample.get('img_id')
            raise ValueError(
                f'joints {eyes[0]} and {eyes[1]} of image {name} are labelled at one place: no eye distance'
            )
        return distance / 100
    side = image_side(data_sample)
    if side <= 0:
        raise ValueError('image sides must be positive: a bounding box in the data set is empty')
    return side / (100 if unit == 'percent' else 255)
