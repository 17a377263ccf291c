"""Labelled frames that judge a project: the table with the skeleton's names, and where its pictures are."""

import csv
from pathlib import Path

from kpgan_mm.datasets.deeplabcut_dataset import read_deeplabcut
from kpgan_mm.datasets.pose_files import read_pose_file, select_keypoints
from kpgan_mm.utils.config import ConfigError


def check_labels(file: Path, names: list[str], rename: dict[str, str]) -> tuple[Path, dict[str, str]]:
    """Looks whether a table of labels has all keypoints, and finds the folder that its image paths begin in.

    Args:
        file: A table in the layout of DeepLabCut or Lightning Pose.
        names: Of the skeleton's keypoints.
        rename: Name of the skeleton -> name in the file.

    Returns:
        tuple: The folder, and name in the file -> name of the skeleton where they differ.

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
            changed = {old: new for old, new in zip(theirs, names, strict=True) if old != new}
            return folder, changed
    raise ConfigError(f'{file} names the picture {paths[0]}, which is neither beside it nor up to two folders above.')


def _names_in_file(known: tuple[str, ...], names: list[str], rename: dict[str, str]) -> list[str]:
    """What the table calls the skeleton's keypoints."""
    plain = {''.join(filter(str.isalnum, name.lower())): name for name in reversed(known)}
    wanted = [rename.get(name, name) for name in names]
    return [name if name in known else plain[''.join(filter(str.isalnum, name.lower()))] for name in wanted]


def write_labels(file: Path, out: Path, changed: dict[str, str]) -> None:
    """Copies a table, with the skeleton's names in its row of body parts."""
    with file.open(newline='', encoding='utf-8-sig') as handle:
        rows = list(csv.reader(handle))
    for row in rows[:4]:
        if row and row[0] == 'bodyparts':
            row[1:] = [changed.get(name, name) for name in row[1:]]
    with out.open('w', newline='') as handle:
        csv.writer(handle).writerows(rows)
