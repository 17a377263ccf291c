"""CSV tables of DeepLabCut, Lightning Pose and SLEAP, labels and predictions alike."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .pose_table import PoseTable, confident, repeated

_HEADERS = ('scorer', 'individuals', 'bodyparts', 'coords')


def read_tracking_csv(file: Path, min_confidence: float) -> PoseTable:
    """Reads a table, whose header says which program wrote it.

    DeepLabCut and Lightning Pose have the header rows scorer, perhaps individuals, bodyparts and coords; a likelihood
    is there in predictions only. With several individuals every one of them gives a pose. SLEAP has one header row of
    ``track``, ``frame_idx``, ``instance.score``, ``<name>.x``, ``<name>.y`` and ``<name>.score``.

    Raises:
        ValueError: If it is neither, or a field is no number.
    """
    with file.open(newline='', encoding='utf-8-sig') as handle:
        reader = csv.reader(handle)
        rows = [(reader.line_num, row) for row in reader if any(field.strip() for field in row)]
    first = rows[0][1] if rows else []
    if first and first[0] == 'scorer':
        return _read_multi_header(file, rows, min_confidence)
    if any(field.endswith('.x') for field in first):
        return _read_sleap(file, rows, min_confidence)
    raise ValueError(
        f'{file} is no table of keypoints: it begins neither with the rows scorer, bodyparts, coords of DeepLabCut and '
        'Lightning Pose, nor with a row of columns such as nose.x, nose.y of SLEAP'
    )


def _read_multi_header(file: Path, rows: list, min_confidence: float) -> PoseTable:
    headers = {}
    for _, row in rows[:4]:
        if row[0] in _HEADERS:
            headers[row[0]] = row
    if not {'bodyparts', 'coords'} <= set(headers):
        raise ValueError(f'{file} does not begin with the header rows scorer, bodyparts, coords')
    parts, axes = headers['bodyparts'], headers['coords']
    owners = headers.get('individuals', [''] * len(parts))
    if not len(parts) == len(axes) == len(owners):
        raise ValueError(f'{file}: its header rows are not of the same length')
    columns = {(owners[i], parts[i], axes[i]): i for i in range(1, len(parts)) if axes[i]}
    twice = repeated((owners[i], parts[i], axes[i]) for i in range(1, len(parts)) if axes[i])
    if twice:
        where = ' '.join(filter(None, twice))
        raise ValueError(f'{file} has two columns {where}: leave one of them, or give it another name')
    names = tuple(dict.fromkeys(part for _, part, _ in columns))
    poses = []
    for owner in dict.fromkeys(owner for owner, _, _ in columns):
        values = _numbers(file, rows[len(headers) :], [columns.get((owner, n, a)) for n in names for a in 'xy'])
        scores = [columns.get((owner, name, 'likelihood')) for name in names]
        scores = None if None in scores else _numbers(file, rows[len(headers) :], scores)
        poses.append(confident(values.reshape(-1, len(names), 2), scores, min_confidence))
    return PoseTable(np.concatenate(poses), names, 'a table in the layout of DeepLabCut and Lightning Pose')


def _read_sleap(file: Path, rows: list, min_confidence: float) -> PoseTable:
    columns = {name: index for index, name in enumerate(rows[0][1])}
    twice = repeated(name for name in rows[0][1] if name)
    if twice:
        raise ValueError(f'{file} has two columns {twice}: leave one of them, or give it another name')
    names = tuple(name[:-2] for name in columns if name.endswith('.x') and f'{name[:-2]}.y' in columns)
    values = _numbers(file, rows[1:], [columns[f'{name}.{axis}'] for name in names for axis in 'xy'])
    scores = [columns.get(f'{name}.score') for name in names]
    scores = None if None in scores else _numbers(file, rows[1:], scores)
    return PoseTable(confident(values.reshape(-1, len(names), 2), scores, min_confidence), names, 'a table of SLEAP')


def _numbers(file: Path, rows: list, columns: Sequence[int | None]) -> np.ndarray:
    """Fields of some columns, (rows, columns) float32; NaN where a field is blank or there is no such column."""
    values = np.full((len(rows), len(columns)), np.nan, dtype=np.float32)
    for place, (line, row) in enumerate(rows):
        for k, column in enumerate(columns):
            field = row[column].strip() if column is not None and column < len(row) else ''
            if field:
                try:
                    values[place, k] = float(field)
                except ValueError:
                    raise ValueError(f'{file}, line {line}: "{field}" is no number') from None
    return values
