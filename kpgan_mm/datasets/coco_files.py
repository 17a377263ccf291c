"""COCO-style annotation files of pictures with one object each, as the converters write them."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

HIDDEN, VISIBLE = 0, 2


def coco_sample(
    file_name: str,
    size: tuple[int, int],
    keypoints: np.ndarray | None = None,
    visible: np.ndarray | None = None,
    photo_size: tuple[int, int] | None = None,
) -> dict:
    """One picture for :func:`write_coco`; its box is the whole picture.

    Args:
        file_name: Relative to the folder of the pictures.
        size: (width, height) in pixels.
        keypoints: (K, 2) as (x, y) in pixels; None for a picture without labels.
        visible: (K,) bool. Defaults to all.
        photo_size: (width, height) of the photo that the picture was made from, to be kept.
    """
    return dict(file_name=file_name, size=size, keypoints=keypoints, visible=visible, photo_size=photo_size)


def write_coco(path: Path, samples: Iterable[dict], category: str, names: Sequence[str]) -> int:
    """Writes an annotation file that MMPose and ``AnnotatedFrames`` read; each picture is a video of its own.

    Hidden keypoints are written as (0, 0) with visibility 0, as COCO has it.

    Args:
        path: The file; its folder must be there.
        samples: From :func:`coco_sample`.
        category: Name of the object.
        names: Of the keypoints.

    Returns:
        int: Number of pictures.

    Raises:
        ValueError: If there are none, or a sample has another number of keypoints than there are names.
    """
    images, annotations = [], []
    for number, sample in enumerate(samples):
        width, height = sample['size']
        name = sample['file_name']
        image = dict(id=number, file_name=name, video_id=name, frame_id=0, width=width, height=height)
        if sample['photo_size'] is not None:
            image['photo_size'] = list(sample['photo_size'])
        images.append(image)
        annotation = dict(
            id=number, image_id=number, category_id=1, bbox=[0, 0, width, height], area=width * height, iscrowd=0
        )
        if sample['keypoints'] is not None:
            annotation |= _labels(name, np.asarray(sample['keypoints'], np.float64), sample['visible'], len(names))
        annotations.append(annotation)
    if not images:
        raise ValueError(f'there is no picture to write into {path}')
    content = dict(
        images=images, annotations=annotations, categories=[dict(id=1, name=category, keypoints=list(names))]
    )
    Path(path).write_text(json.dumps(content))
    return len(images)


def _labels(name: str, keypoints: np.ndarray, visible: np.ndarray | None, expected: int) -> dict:
    if keypoints.shape != (expected, 2):
        raise ValueError(f'{name} has keypoints of shape {keypoints.shape}, expected {(expected, 2)}')
    visible = np.ones(expected, bool) if visible is None else np.asarray(visible, bool)
    triples = np.where(visible[:, None], np.column_stack([keypoints, np.full(expected, VISIBLE)]), HIDDEN)
    return dict(keypoints=triples.round(3).ravel().tolist(), num_keypoints=int(visible.sum()))
