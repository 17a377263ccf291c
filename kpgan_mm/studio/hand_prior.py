"""Poses placed by hand: kept as a draft, saved as an ``.npz`` that :class:`~.pose_priors.NpzPosePrior` reads."""

import contextlib
import json
import os
import re
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kpgan_mm.evaluation.crops import image_to_crop
from kpgan_mm.geometry import pixels_to_normalized

from .errors import StudioError
from .project import Project

MAX_DRAFT_BYTES = 8 * 2**20
_MAX_POSES = 10_000
_MAX_JOINTS = 500
_MAX_SIDE = 4096
# Where priors may be written: the page reaches no other file for writing.
_PLACES = re.compile(r'prior\.npz|priors/[^/]+\.npz')
# The name of an array by which a file says that the studio wrote it.
_MARK = 'placed_in_studio'


def box_crop(box: np.ndarray, input_size: tuple[int, int], padding: float) -> dict:
    """The crop that ``GetBBoxCenterScale`` and ``TopdownAffine`` make of a box, as :func:`image_to_crop` takes it.

    Args:
        box: (x1, y1, x2, y2) in pixels.
        input_size: (width, height) of the network's input.
        padding: Factor on the box.
    """
    box = np.asarray(box, np.float64)
    width, height = (box[2:] - box[:2]) * padding
    aspect = input_size[0] / input_size[1]
    scale = (width, width / aspect) if width > height * aspect else (height * aspect, height)
    return dict(input_size=input_size, input_center=(box[:2] + box[2:]) / 2, input_scale=np.array(scale))


def save_prior(project: Project, request: dict) -> dict:
    """Write poses as an ``.npz`` file.

    Its ``keypoints`` ``(N, K, 2)`` are in [-1, 1] of the network's input. For people and for a later look it has also
    ``names``, ``image_keypoints`` in pixels, ``boxes``, ``frames`` and ``input_size``.

    Args:
        project: Where it goes.
        request: ``path``; ``overwrite``; ``names`` of the K joints; ``input_size`` (width, height) and ``padding`` of
            the model that will be trained; and ``poses``, each with ``frame``, ``box`` and ``points``, K pairs of
            pixels or None.

    Returns:
        dict: ``path``, ``saved`` and ``left_out``, numbers of complete and of incomplete poses, and ``config``, how a
        config names the file.

    Raises:
        StudioError: If the file exists and may not be replaced (status 409), is something else than a prior or would be
            elsewhere than priors are, or the request makes no sense.
    """
    name = request.get('path')
    path = project.path(name)
    if not _PLACES.fullmatch(name):
        raise StudioError(f'a prior is called prior.npz or priors/NAME.npz, and {name} is not')
    if request.get('overwrite') and path.exists() and not _is_prior(path):
        raise StudioError(f'{name} is no prior, so the studio does not replace it: choose another name')
    names, size, padding = _names(request), _size(request), _number(request.get('padding', 1.0), 'padding', 0.1, 10)
    poses = request.get('poses')
    if not isinstance(poses, list) or len(poses) > _MAX_POSES:
        raise StudioError(f'poses must be a list of at most {_MAX_POSES}')
    pixels, boxes, frames = [], [], []
    for pose in poses:
        points, box = _points(pose, len(names)), _box(pose)
        if np.isfinite(points).all():
            pixels.append(points)
            boxes.append(box)
            frames.append(str(pose.get('frame', ''))[:1000])
    if not pixels:
        raise StudioError('there is no complete pose to save: place every joint on at least one frame')
    crops = [box_crop(box, size, padding) for box in boxes]
    normalized = [
        pixels_to_normalized(image_to_crop(points, crop), size[::-1])
        for points, crop in zip(pixels, crops, strict=True)
    ]
    arrays = dict(
        keypoints=np.asarray(normalized, np.float32),
        names=np.array(names),
        image_keypoints=np.asarray(pixels, np.float32),
        boxes=np.asarray(boxes, np.float32),
        frames=np.array(frames),
        input_size=np.array(size),
        **{_MARK: np.array(True)},
    )
    with _replacing(path, bool(request.get('overwrite')), name) as file:
        np.savez(file, **arrays)
    return dict(
        path=name,
        saved=len(pixels),
        left_out=len(poses) - len(pixels),
        config=f"prior = dict(type='kpgan_mm.NpzPosePrior', file='{name}')",
    )


def _is_prior(path: Path) -> bool:
    """Whether a file is one of ours, or poses (N, K, 2) in [-1, 1] as others make them."""
    try:
        with np.load(path) as arrays:
            if _MARK in arrays:
                return True
            poses = arrays['keypoints']
    except (OSError, ValueError, KeyError, TypeError, EOFError, AttributeError, zipfile.BadZipFile):
        return False
    # as NpzPosePrior, which takes what reaches beyond 4 for pixels
    right = poses.ndim == 3 and poses.shape[2] == 2 and poses.dtype.kind == 'f' and poses.size > 0
    return right and bool(np.nanmax(np.abs(poses), initial=0) <= 4)


class Draft:
    """What is being placed, written down at every change, so that nothing is lost with the page.

    Args:
        project: Its file is ``studio/draft.json`` there.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._lock = threading.Lock()

    def read(self) -> dict:
        """``revision`` and ``content``; revision 0 and None where there is none."""
        path = self.project.own('draft.json')
        if not path.is_file():
            return dict(revision=0, content=None)
        try:
            draft = json.loads(path.read_text())
            return dict(revision=int(draft['revision']), content=draft['content'])
        except (OSError, ValueError, KeyError, TypeError):
            raise StudioError(
                'studio/draft.json in the project folder is damaged: move it away to start a new one', 409
            ) from None

    def write(self, revision: int, content: dict) -> int:
        """Replace it.

        Args:
            revision: The one that the change was made to.
            content: What the page wants back.

        Returns:
            int: The new revision.

        Raises:
            StudioError: If another page has changed it in between (status 409).
        """
        with self._lock:
            present = self.read()['revision']
            if revision != present:
                raise StudioError(
                    'the poses were changed in another window: reload this page to go on with what is there', 409
                )
            with _replacing(self.project.own('draft.json'), True, 'draft.json') as file:
                file.write(json.dumps(dict(revision=present + 1, content=content)).encode())
            return present + 1


@contextlib.contextmanager
def _replacing(path: Path, overwrite: bool, name: str) -> Iterator:
    """A file to write to that appears under its name only when it is whole."""
    if path.exists() and not overwrite:
        raise StudioError(f'{name} exists already', 409)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix='.writing-', dir=path.parent)
    try:
        with os.fdopen(handle, 'wb') as file:
            yield file
        os.chmod(temporary, 0o644)
        if overwrite:
            os.replace(temporary, path)
        else:
            try:
                os.link(temporary, path)  # fails where a file has come up since
            except FileExistsError:
                raise StudioError(f'{name} exists already', 409) from None
    finally:
        Path(temporary).unlink(missing_ok=True)


def _names(request: dict) -> list[str]:
    names = request.get('names')
    if not isinstance(names, list) or not 1 <= len(names) <= _MAX_JOINTS:
        raise StudioError(f'names must be those of 1 to {_MAX_JOINTS} joints')
    return [str(name)[:200] for name in names]


def _size(request: dict) -> tuple[int, int]:
    size = request.get('input_size')
    right = (
        isinstance(size, list) and len(size) == 2 and all(type(side) is int and 8 <= side <= _MAX_SIDE for side in size)
    )
    if not right:
        raise StudioError(f'input_size must be [width, height], integers of 8 to {_MAX_SIDE}')
    return tuple(size)


def _number(value, what: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise StudioError(f'{what} must be a number of {least:g} to {most:g}')
    return float(value)


def _points(pose: dict, count: int) -> np.ndarray:
    points = pose.get('points') if isinstance(pose, dict) else None
    if not isinstance(points, list) or len(points) != count:
        raise StudioError(f'a pose must have {count} points')
    try:
        array = np.array([[np.nan, np.nan] if point is None else point for point in points], np.float64)
    except (TypeError, ValueError, OverflowError):
        array = np.zeros(0)
    if array.shape != (count, 2) or np.abs(np.nan_to_num(array, nan=0.0)).max() > 1e6:
        raise StudioError('the points of a pose must be pairs of numbers, or null where a joint is not placed')
    return array


def _box(pose: dict) -> np.ndarray:
    try:
        box = np.asarray(pose.get('box'), np.float64)
    except (TypeError, ValueError, OverflowError):
        box = np.zeros(0)
    if box.shape != (4,) or not np.isfinite(box).all() or (box[2:] <= box[:2]).any():
        raise StudioError('a pose needs a box (x1, y1, x2, y2) with x1 < x2 and y1 < y2')
    return box
