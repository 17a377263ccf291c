"""Poses as a file has them, and the choice of a skeleton's keypoints among them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

_Column = TypeVar('_Column')


@dataclass
class PoseTable:
    """Poses of a file.

    Attributes:
        keypoints (np.ndarray): (N, K, 2) float32 as (x, y), NaN where a point is missing.
        names (tuple[str, ...] | None): K names; None where the file has none, so that only the order tells.
        layout (str): what the file was read as.
        normalized (bool): whether keypoints are in [-1, 1] of a crop already, and not in pixels of pictures.
    """

    keypoints: np.ndarray
    names: tuple[str, ...] | None
    layout: str
    normalized: bool = False


def confident(keypoints: np.ndarray, scores: np.ndarray | None, min_confidence: float) -> np.ndarray:
    """Keypoints (N, K, 2), NaN where their scores (N, K) are too low; labels have no score and all stay."""
    if scores is None:
        return keypoints
    return np.where((scores < min_confidence)[..., None], np.float32(np.nan), keypoints)


def select_keypoints(
    table: PoseTable, names: Sequence[str], file: str, rename: Mapping[str, str] | None = None
) -> tuple[np.ndarray, list[str]]:
    """The keypoints of a skeleton, in its order.

    A name fits if it is the same but for capitals and separators: ``left_ear``, ``Left ear`` and ``leftEar``.

    Args:
        table: What the file holds.
        names: Of the skeleton's keypoints.
        file: For messages.
        rename: Name of the skeleton -> name in the file, where they differ.

    Returns:
        tuple: Keypoints (N, K, 2), and the names in the file that were not used.

    Raises:
        ValueError: If a keypoint is not in the file, or, where the file has no names, their number differs.
    """
    rename = dict(rename or {})
    unknown = [name for name in rename if name not in names]
    if unknown:
        raise ValueError(f'rename names {", ".join(unknown)}, and the skeleton has {", ".join(names)}')
    if table.names is None:
        count = table.keypoints.shape[1]
        if count != len(names):
            raise ValueError(
                f'{file} has {count} keypoints without names, and the skeleton has {len(names)} ({", ".join(names)})'
            )
        return table.keypoints, []
    exact = {name: index for index, name in enumerate(table.names)}
    plain = {}
    for index, name in enumerate(table.names):
        plain.setdefault(_plain(name), index)
    wanted = [rename.get(name, name) for name in names]
    indices = [exact.get(name, plain.get(_plain(name))) for name in wanted]
    missing = [name for name, index in zip(wanted, indices, strict=True) if index is None]
    if missing:
        others = [name for index, name in enumerate(table.names) if index not in indices]
        raise ValueError(
            f'{file} has no keypoint {", ".join(missing)}; not used of it are {", ".join(others) or "none"}: choose '
            "another skeleton, or say what the skeleton's keypoints are called there with rename "
            '(--rename NAME=NAME_IN_FILE)'
        )
    return table.keypoints[:, indices], [name for index, name in enumerate(table.names) if index not in indices]


def repeated(columns: Iterable[_Column]) -> _Column | None:
    """The first column that is there before, or None."""
    seen = set()
    for column in columns:
        if column in seen:
            return column
        seen.add(column)
    return None


def _plain(name: str) -> str:
    return ''.join(letter for letter in name.lower() if letter.isalnum())
