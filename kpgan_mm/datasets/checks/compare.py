"""Checks across data sets: prior against pictures, training against test."""

import filecmp
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from .canvas import Canvas, extent_of, mask_corners, to_canvas
from .report import Report

# Priors and pictures need not agree exactly: heads and feet are outside the joints, people wear coats.
_LARGEST_RATIO = 1.5
_LARGEST_SHIFT = 0.4
_NUM_FIGURES = 500
# Of a pose of unit size.
_SAME_POSE = 1e-3
_TAIL = 4096


def foreground_extents(frames: Sequence[dict], canvas: Canvas) -> np.ndarray:
    """(N, 3) extents on the canvas of what the sources' masks mark; see :func:`~.canvas.extent_of`."""
    extents = []
    for frame in frames:
        corners = mask_corners(frame['foreground']) if 'foreground' in frame else None
        if corners is not None:
            height, width = frame['foreground'].shape
            box = np.asarray(frame.get('bbox', [0, 0, width, height]), dtype=np.float64).reshape(-1, 4)[0]
            extents.append(extent_of(np.clip(to_canvas(corners, box, canvas), -1, 1)))
    return np.array(extents).reshape(-1, 3)


def check_extents(prior, file: str, extents: np.ndarray, of_what: str, where: str, report: Report) -> None:
    """Compares places and sizes of the prior's poses with those of figures in pictures.

    Args:
        prior: The prior.
        file: Where it comes from.
        extents: (N, 3), of the figures on the canvas.
        of_what: 'labels' or 'foreground'.
        where: The data set of the pictures.
        report: Gets the problems.
    """
    if len(extents) < 5:
        return
    rng = np.random.default_rng(0)
    poses = np.clip([prior.sample(rng) for _ in range(_NUM_FIGURES)], -1, 1)
    own, seen = (np.median(values, axis=0) for values in (np.array([extent_of(pose) for pose in poses]), extents))
    ratio, shift = own[2] / max(seen[2], 1e-6), np.abs(own[:2] - seen[:2]).max()
    if not 1 / _LARGEST_RATIO <= ratio <= _LARGEST_RATIO or shift > _LARGEST_SHIFT:
        what = (
            f'poses of the prior fill {own[2] / 2:.0%} of the canvas around ({own[0]:.2f}, {own[1]:.2f}), figures in '
            f'the pictures ({of_what} of {where}) {seen[2] / 2:.0%} around ({seen[0]:.2f}, {seen[1]:.2f})'
        )
        report.add('prior-extent', what, where, file)


def check_duplicates(train: Sequence[dict], other: Sequence[dict], where: str, report: Report) -> None:
    """Looks for pictures and videos of ``train`` that also occur in ``other``, the frames of data set ``where``."""
    sizes = defaultdict(list)
    for frame in train:
        sizes[_weight(frame)].append(frame)
    known = defaultdict(list)
    for frame in other:
        for candidate in sizes.pop(_weight(frame), []):
            known[_digest(candidate)].append(candidate)
    places = {(Path(frame['img_path']).parent.resolve(), frame.get('video_id')) for frame in train if _on_disk(frame)}
    copies = defaultdict(list)
    for frame in other:
        candidates = known.get(_digest(frame), []) if known else []
        original = next((candidate for candidate in candidates if _is_same(candidate, frame)), None)
        if original is not None:
            copies[_video(original), _video(frame)].append((original, frame))
        if _on_disk(frame) and 'video_id' in frame:
            place = (Path(frame['img_path']).parent.resolve(), frame['video_id'])
            if place in places:
                what = f'video {frame["video_id"]} has frames in the training set as well'
                report.add('shared-video', what, where, str(place[0]), f'video {frame["video_id"]}')
    for pairs in copies.values():
        original, frame = pairs[0]
        more = f', and {len(pairs) - 1} more frames of this video' if len(pairs) > 1 else ''
        report.add('duplicate', f'the same picture as {_name(original)} of the training set{more}', where, _name(frame))


def check_poses(prior, file: str, poses: np.ndarray, where: str, report: Report) -> None:
    """Looks for labels (N, K, 2) of the test among the poses of the prior, whatever their place and size."""
    if not len(poses) or prior.poses.shape[1:] != poses.shape[1:]:
        return
    tree = cKDTree(_normalized(prior.poses))
    distances, _ = tree.query(_normalized(poses), distance_upper_bound=_SAME_POSE)
    same = int(np.isfinite(distances).sum())
    if same:
        report.add('pose-in-test', f'{same} of {len(poses)} labels of {where} are poses of the prior', where, file)


def _normalized(poses: np.ndarray) -> np.ndarray:
    centred = poses - poses.mean(axis=1, keepdims=True)
    flat = centred.reshape(len(poses), -1)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def _on_disk(frame: dict) -> bool:
    return bool(frame.get('img_path')) and Path(frame['img_path']).is_file()


def _name(frame: dict) -> str:
    return str(frame.get('img_path') or f'video {frame.get("video_id")}, frame {frame.get("frame_id")}')


def _video(frame: dict) -> str:
    return str(frame.get('video_id') or _name(frame))


def _weight(frame: dict) -> tuple:
    """What equal pictures have in common and costs nothing."""
    return ('file', Path(frame['img_path']).stat().st_size) if _on_disk(frame) else ('memory', frame['img'].shape)


def _is_same(first: dict, second: dict) -> bool:
    """Whether two pictures of one digest are one: the ends of files that are padded are all alike."""
    if _on_disk(first):
        return filecmp.cmp(first['img_path'], second['img_path'], shallow=False)
    return np.array_equal(first['img'], second['img'])


def _digest(frame: dict) -> bytes:
    """Of the pixels in memory, or of a file's size and end, where coded pictures differ soonest."""
    if not _on_disk(frame):
        return hashlib.blake2b(np.ascontiguousarray(frame['img']).tobytes(), digest_size=16).digest()
    path = Path(frame['img_path'])
    size = path.stat().st_size
    with path.open('rb') as handle:
        handle.seek(max(0, size - _TAIL))
        return hashlib.blake2b(handle.read() + str(size).encode(), digest_size=16).digest()
