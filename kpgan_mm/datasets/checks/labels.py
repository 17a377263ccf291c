"""Checks of keypoints and boxes."""

import json
from collections import Counter
from pathlib import Path

import numpy as np

from kpgan_mm.datasets.bad_data import BadDataError, check_file, check_keypoints, outside

from .canvas import Canvas, extent_of, to_canvas
from .report import Report

# Of the canvas' side, 2; below it a joint is hardly a pixel.
_TINY = 0.25


def check_labels(
    samples: list[dict], metainfo: dict, sizes: dict, canvas: Canvas | None, where: str, report: Report
) -> np.ndarray:
    """Checks the labels of samples as MMPose's data sets give them.

    Args:
        samples: With ``keypoints`` (1, K, 2), ``keypoints_visible`` (1, K), perhaps ``bbox`` (1, 4).
        metainfo: Parsed metainfo of the data set.
        sizes: (height, width) of the pictures, by path.
        canvas: Crop of the pipeline.
        where: The data set, for the report.
        report: Gets the problems.

    Returns:
        np.ndarray: (N, K, 2) completely labelled poses in [-1, 1] of the canvas.
    """
    expected, poses = metainfo['num_keypoints'], []
    names = [metainfo['keypoint_id2name'][index] for index in range(expected)]
    for index, sample in enumerate(samples):
        if 'keypoints' not in sample:
            continue
        file = sample.get('label_file') or sample.get('img_path') or ''
        line = sample.get('label_line') or f'sample {sample.get("id", index)}'
        size = sample['img'].shape[:2] if 'img' in sample else sizes.get(sample.get('img_path'))
        boxes = np.asarray(sample.get('bbox', np.empty((0, 4)))).reshape(-1, 4)
        if size is not None and len(boxes) and _misses(boxes[0], size):
            report.add(
                'box-outside', f'box {boxes[0].tolist()} shows nothing of {size[1]} x {size[0]}', where, file, line
            )
            continue
        for keypoints, visible in zip(sample['keypoints'], visibility(sample), strict=True):
            if len(keypoints) != expected:
                what = f'{len(keypoints)} joints, but metainfo "{metainfo["dataset_name"]}" has {expected}'
                report.add('joint-count', what, where, file, line)
                continue
            pose = _check_pose(keypoints[:, :2], visible, names, size, file, line, where, report)
            if pose is None or canvas is None or not len(boxes):
                continue
            placed = to_canvas(pose, boxes[0], canvas)
            if len(pose) > 1 and extent_of(placed)[2] < 2 * _TINY:
                share = f'{extent_of(placed)[2] / 2:.0%}'
                report.add('tiny-figure', f'the figure fills {share} of the crop', where, file, line)
            if len(pose) == expected:
                poses.append(placed)
    report.looked_at['labels'] += sum('keypoints' in sample for sample in samples)
    return np.array(poses, dtype=np.float32).reshape(-1, expected, 2)


def visibility(sample: dict) -> np.ndarray:
    """(N, K), whichever of its forms MMPose's data set uses."""
    shape = np.asarray(sample['keypoints']).shape[:2]
    return np.asarray(sample.get('keypoints_visible', np.ones(shape))).reshape(*shape, -1)[..., 0]


def _check_pose(keypoints, visible, names, size, file, line, where, report) -> np.ndarray | None:
    """The labelled keypoints of a pose, if they can be right."""
    if not (visible > 0).any():
        report.add('invisible', f'none of {len(keypoints)} keypoints is labelled', where, file, line)
        return None
    try:
        # Without a picture only what is no number is wrong.
        check_keypoints(keypoints, visible, size or (np.inf, np.inf), file, line, names)
    except BadDataError as error:
        report.add_error(error, where, error.kind)
        return None
    labelled = keypoints[visible > 0]
    if size is not None:
        near = (outside(keypoints, size) > 0) & (visible > 0)
        if near.any():
            listed = ', '.join(names[index] for index in np.flatnonzero(near)[:3])
            more = ', ...' if near.sum() > 3 else ''
            what = f'{listed}{more} just outside the picture of {size[1]} x {size[0]}'
            report.add('label-near-edge', what, where, file, line)
    return labelled


def _misses(box: np.ndarray, size: tuple[int, int]) -> bool:
    """Whether a box x1 y1 x2 y2 has no area in a picture of (height, width)."""
    low, high = np.maximum(box[:2], 0), np.minimum(box[2:], [size[1], size[0]])
    return bool((high <= low).any())


def check_coco_file(config: dict, num_keypoints: int | None, where: str, report: Report) -> None:
    """Checks the annotation file of one of MMPose's data sets entry by entry: MMPose drops bad ones, or crashes.

    Args:
        config: Of the data set, with ``ann_file``, ``data_root`` and ``data_prefix``.
        num_keypoints: Of its metainfo. None where the class makes the labels of the metainfo from others, as that of
            COCO-WholeBody does: then an entry that differs from most is wrong.
        where: The data set, for the report.
        report: Gets the problems.
    """
    file = Path(config.get('data_root') or '', config['ann_file'])
    if file.suffix != '.json' or not file.is_file():
        return
    try:
        content = json.loads(file.read_text())
    except ValueError as error:
        report.add('bad-entry', f'no JSON: {error}', where, file)
        return
    if not isinstance(content, dict) or not isinstance(content.get('annotations'), list):
        return
    images = {image.get('id'): image for image in content.get('images', [])}
    folder = Path(config.get('data_root') or '', (config.get('data_prefix') or {}).get('img', ''))
    for number, image in images.items():
        try:
            check_file(folder / image['file_name'], 'image')
        except KeyError:
            report.add('bad-entry', 'the image has no file_name', where, file, f'image {number}')
        except BadDataError as error:
            report.add(error.kind, str(error), where, error.file)
    expected = 3 * num_keypoints if num_keypoints else _usual_length(content['annotations'])
    for instance in content['annotations']:
        line = f'annotation {instance.get("id")}'
        if instance.get('image_id') not in images:
            report.add('bad-entry', f'image {instance.get("image_id")} is not among the images', where, file, line)
        values = np.array(instance.get('keypoints') or [], dtype=np.float64).ravel()
        if len(values) not in (0, expected):
            joints = f'{len(values) // 3} joints' if len(values) % 3 == 0 else f'{len(values)} numbers, no triples'
            whose = 'the metainfo has' if num_keypoints else 'most entries have'
            report.add('joint-count', f'{joints}, but {whose} {expected // 3} joints', where, file, line)
        elif len(values) and not values[2::3].any():
            report.add('invisible', f'none of {expected // 3} keypoints is labelled', where, file, line)
        box = np.array(instance.get('bbox') or [0, 0, 1, 1], dtype=np.float64).ravel()
        if len(box) != 4 or (box[2:] <= 0).any():
            what = f'bbox {instance["bbox"]} is no (x, y, width, height) of a box with an area'
            report.add('empty-box', what, where, file, line)


def _usual_length(annotations: list[dict]) -> int:
    lengths = Counter(len(instance['keypoints']) for instance in annotations if instance.get('keypoints'))
    return lengths.most_common(1)[0][0] if lengths else 0


def check_image_sizes(config: dict, sizes: dict, where: str, report: Report) -> None:
    """Compares the sizes that an annotation file gives with those of the pictures."""
    file = Path(config.get('data_root') or '', config['ann_file'])
    folder = Path(config.get('data_root') or '', (config.get('data_prefix') or {}).get('img', ''))
    for image in json.loads(file.read_text()).get('images', []) if file.suffix == '.json' and file.is_file() else []:
        size = sizes.get(str(folder / image.get('file_name', '')))
        written = image.get('height'), image.get('width')
        if size is not None and None not in written and size != written:
            what = f'the file is of {size[1]} x {size[0]} pixels, the annotations say {written[1]} x {written[0]}'
            report.add('size-mismatch', what, where, file, f'image {image.get("id")}')
