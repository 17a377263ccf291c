"""Labelled frames that judge a project: the table with the skeleton's names, and where its pictures are."""

import csv
import filecmp
import os
from pathlib import Path

import numpy as np

from kpgan_mm.datasets.deeplabcut_dataset import read_deeplabcut
from kpgan_mm.datasets.pose_files import read_pose_file, select_keypoints
from kpgan_mm.utils.config import ConfigError


def check_labels(file: Path, names: list[str], rename: dict[str, str]) -> tuple[Path, list[str]]:
    """Looks whether a table of labels has all keypoints, and finds the folder that its image paths begin in.

    Args:
        file: A table in the layout of DeepLabCut or Lightning Pose.
        names: Of the skeleton's keypoints.
        rename: Name of the skeleton -> name in the file.

    Returns:
        tuple: The folder, and for each of ``names`` what the file calls it.

    Raises:
        ConfigError: If the table cannot be read, lacks a keypoint, or its pictures are not found.
    """
    if file.suffix.lower() != '.csv':
        raise ConfigError(f'{file}: labels are a CSV table in the layout of DeepLabCut or Lightning Pose.')
    try:
        table = read_pose_file(file)
        select_keypoints(table, names, str(file), rename)
        theirs = _names_in_file(table.names, names, rename)
        paths = read_deeplabcut(str(file), theirs)[0]
    except (FileNotFoundError, ValueError) as error:
        raise ConfigError(f'{error}.') from None
    # DeepLabCut writes paths from the folder of its project, two above the table.
    for folder in list(file.resolve().parents)[:3]:
        if (folder / paths[0]).is_file():
            return folder, theirs
    raise ConfigError(f'{file} names the picture {paths[0]}, which is neither beside it nor up to two folders above.')


def _names_in_file(known: tuple[str, ...], names: list[str], rename: dict[str, str]) -> list[str]:
    """What the table calls the skeleton's keypoints."""
    plain = {''.join(filter(str.isalnum, name.lower())): name for name in reversed(known)}
    wanted = [rename.get(name, name) for name in names]
    return [name if name in known else plain[''.join(filter(str.isalnum, name.lower()))] for name in wanted]


def compare_poses(
    prior: Path | None, labels: Path | None, names: list[str], rename: dict[str, str]
) -> tuple[bool, int]:
    """Whether prior and labels are the same poses: one file, a copy of it, or the same in another layout.

    Returns:
        tuple: Whether they are the same, in the same order; else the number of labelled poses that the prior has too.
    """
    if not (prior and labels and prior.is_file() and labels.is_file()):
        return False, 0
    if os.path.samefile(prior, labels) or filecmp.cmp(prior, labels, shallow=False):
        return True, 0
    try:
        first, second = (
            np.rint(select_keypoints(read_pose_file(file), names, str(file), rename)[0] * 10)
            for file in (prior, labels)
        )
    except (ModuleNotFoundError, ValueError):
        return False, 0  # what is wrong with them is said where they are used
    if np.array_equal(first, second, equal_nan=True):
        return True, 0
    known = {pose.tobytes() for pose in first if np.isfinite(pose).all()}
    return False, sum(pose.tobytes() in known for pose in second)


def write_labels(file: Path, out: Path, names: list[str], theirs: list[str]) -> None:
    """Copies a checked table: only the skeleton's keypoints, in its order and under its names.

    Args:
        file: The table.
        out: The copy.
        names: Of the skeleton's keypoints.
        theirs: What the table calls each of them.
    """
    with file.open(newline='', encoding='utf-8-sig') as handle:
        rows = [row for row in csv.reader(handle) if row]
    parts, axes = rows[1:3]
    num_path_columns = next(i for i in range(1, len(parts)) if parts[i])
    column = {(part, axis): i for i, (part, axis) in enumerate(zip(parts, axes, strict=True))}
    chosen = [*range(num_path_columns), *(column[name, axis] for name in theirs for axis in 'xy')]
    rows = [[row[i] for i in chosen] for row in rows]
    rows[1][num_path_columns:] = [name for name in names for _ in 'xy']
    with out.open('w', newline='') as handle:
        csv.writer(handle).writerows(rows)
