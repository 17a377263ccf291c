"""Which reader a file of poses needs."""

import contextlib
import csv
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .pose_table import PoseTable
from .sleap_files import read_sleap_hdf5
from .tracking_tables import read_tracking_csv

# What libraries raise for a file that is damaged or of another kind.
_DAMAGED = (
    ValueError, TypeError, LookupError, AttributeError, EOFError, OSError, RuntimeError, csv.Error, zipfile.BadZipFile,
    zlib.error,
)  # fmt: skip
SUFFIXES = ('.csv', '.slp', '.h5', '.json', '.npz')


def read_pose_file(file: str | Path, min_confidence: float = 0.6) -> PoseTable:
    """Reads poses of DeepLabCut or Lightning Pose (CSV), SLEAP (CSV, analysis .h5, .slp), COCO (JSON) or NumPy (npz).

    Args:
        file: The file; its suffix and its first row say what it is.
        min_confidence: Predicted points with less are missing.

    Raises:
        FileNotFoundError: If there is no such file.
        ModuleNotFoundError: If it needs h5py, which is not installed.
        ValueError: If it is of another kind, damaged, or holds no pose.
    """
    path = Path(file)
    if not path.is_file():
        raise FileNotFoundError(f'there is no file of poses {file}')
    suffix = path.suffix.lower()
    if suffix == '.csv':
        with reading(path, 'a CSV table'):
            table = read_tracking_csv(path, min_confidence)
    elif suffix in ('.slp', '.h5', '.hdf5'):
        with reading(path, 'a file of SLEAP'):
            table = read_sleap_hdf5(path, min_confidence)
    elif suffix == '.json':
        with reading(path, 'COCO annotations'):
            table = _read_coco(path)
    elif suffix == '.npz':
        with reading(path, 'an archive of NumPy'):
            table = _read_npz(path)
    else:
        raise ValueError(f'{file} is of a kind that cannot be read: poses come from {", ".join(SUFFIXES)}')
    if not len(table.keypoints):
        raise ValueError(f'{file} ({table.layout}) holds no pose')
    return table


@contextlib.contextmanager
def reading(file: Path, kind: str) -> Iterator[None]:
    """Within it a file of another kind, or a damaged one, is a ValueError of one sentence that names it."""
    try:
        yield
    except (FileNotFoundError, ModuleNotFoundError):
        raise
    except _DAMAGED as error:
        if isinstance(error, ValueError) and str(file) in str(error):
            raise
        reason = ' '.join(str(error).split()) or type(error).__name__
        if isinstance(error, KeyError):
            reason = f'there is no {reason}'
        raise ValueError(f'{file} cannot be read as {kind}: {reason}') from None


def _read_coco(path: Path) -> PoseTable:
    """Keypoints of a COCO annotation file; those with visibility 0 are missing."""
    try:
        content = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f'{path} is no JSON: {error}') from None
    content = content if isinstance(content, dict) else {}
    annotations, categories = content.get('annotations', []), content.get('categories', [])
    for name, entries in (('annotations', annotations), ('categories', categories)):
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError(f'{path}: "{name}" is no list of entries with names, as COCO has them')
    labelled = [annotation['keypoints'] for annotation in annotations if annotation.get('keypoints')]
    if not labelled:
        raise ValueError(f'{path} holds no keypoints: it needs "annotations" with "keypoints", as COCO has them')
    lengths = {len(keypoints) for keypoints in labelled}
    if len(lengths) > 1 or min(lengths) % 3:
        raise ValueError(
            f'{path}: keypoints are x, y, visibility for each point, and here they have {sorted(lengths)} numbers'
        )
    poses = np.array(labelled, dtype=np.float32).reshape(len(labelled), -1, 3)
    keypoints = np.where(poses[..., 2:] > 0, poses[..., :2], np.float32(np.nan))
    categories = [category for category in categories if category.get('keypoints')]
    names = tuple(categories[0]['keypoints']) if categories else None
    if names is not None and len(names) != keypoints.shape[1]:
        raise ValueError(f'{path} names {len(names)} keypoints, and its annotations have {keypoints.shape[1]}')
    return PoseTable(keypoints, names, 'COCO annotations')


def open_archive(path: Path) -> np.lib.npyio.NpzFile:
    """Opens an ``.npz``.

    Raises:
        ValueError: If it is none.
    """
    with reading(path, 'an archive of NumPy'):
        archive = np.load(path)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError('it holds a single array; write it with numpy.savez')
        return archive


def _read_npz(path: Path) -> PoseTable:
    """Keypoints (N, K, 2) of an archive, perhaps with ``keypoint_names`` or ``names`` (K,).

    Taken is the first that is there of ``image_keypoints`` (pixels, of the studio), ``keypoints`` and
    ``keypoints_normalized``. ``keypoints`` that reach no farther than 2 are in [-1, 1] and not in pixels.
    """
    with open_archive(path) as archive:
        key = next((key for key in ('image_keypoints', 'keypoints', 'keypoints_normalized') if key in archive), None)
        if key is None:
            raise ValueError(f'{path} has no array "keypoints"; it holds {", ".join(archive.files) or "nothing"}')
        keypoints = np.asarray(archive[key], dtype=np.float32)
        named = next((name for name in ('keypoint_names', 'names') if name in archive), None)
        names = tuple(map(str, archive[named])) if named else None
    if keypoints.ndim != 3 or keypoints.shape[-1] < 2:
        raise ValueError(f'"{key}" of {path} should have shape (N, K, 2), got {keypoints.shape}')
    if names is not None and len(names) != keypoints.shape[1]:
        raise ValueError(f'{path} names {len(names)} keypoints, and "{key}" has {keypoints.shape[1]}')
    keypoints = keypoints[..., :2]
    normalized = key == 'keypoints_normalized' or (key == 'keypoints' and not (np.abs(keypoints) > 2).any())
    return PoseTable(keypoints, names, 'NumPy arrays', normalized)
