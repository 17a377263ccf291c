"""Labelled frames in DeepLabCut's layout, which Lightning Pose shares."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kpgan_mm.registry import DATASETS

from .bad_data import BadData, BadDataError, check_keypoints
from .frame_dataset import PoseSampleDataset, pose_sample
from .image_files import read_image
from .pose_files.pose_table import repeated
from .transforms import whole_image_box


class TableRow(NamedTuple):
    """A labelled frame of a table.

    Attributes:
        index: Its number among the frames.
        line: That of the file, from 1.
        path: Of the image, as written.
        keypoints: (K, 2) in pixels, NaN where missing.
    """

    index: int
    line: int
    path: str
    keypoints: np.ndarray


def read_deeplabcut(file: str, names: Sequence[str], bad_data: BadData | None = None) -> tuple[list[str], np.ndarray]:
    """Reads a table of keypoints: three header rows (scorer, bodyparts, coords), blank where a point is missing.

    Args:
        file: The CSV file.
        names: The points to take, in this order.
        bad_data: What to do with bad rows; refuses by default.

    Returns:
        tuple: N image paths as written in the file, and keypoints (N, K, 2) in pixels, NaN where missing.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is in another layout.
        BadDataError: If it lacks one of the points or has a column twice, or a row has another number of fields than
            the headers, or a field that is no number.
    """
    rows = table_rows(file, names, bad_data or BadData('refuse', file))
    keypoints = np.array([row.keypoints for row in rows], dtype=np.float32)
    return [row.path for row in rows], keypoints.reshape(len(rows), len(names), 2)


def table_rows(file: str, names: Sequence[str], bad_data: BadData) -> list[TableRow]:
    """The sound rows of a table; see :func:`read_deeplabcut`."""
    if not Path(file).is_file():
        raise FileNotFoundError(f'DeepLabCut table {file} does not exist')
    with open(file, newline='', encoding='utf-8-sig') as handle:
        reader = csv.reader(handle)
        try:
            rows = [(reader.line_num, row) for row in reader if row]
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f'{file} cannot be read as a CSV table: {error}') from None
    if [row[0] for _, row in rows[:3]] != ['scorer', 'bodyparts', 'coords']:
        raise ValueError(f'{file} does not begin with the three header rows scorer, bodyparts, coords')
    parts, axes = rows[1][1], rows[2][1]
    if len(parts) != len(axes):
        raise ValueError(f'{file}: its header rows bodyparts and coords have {len(parts)} and {len(axes)} fields')
    # Newer files spread the path over three columns, whose headers are blank but for the first.
    num_path_columns = next((i for i in range(1, len(parts)) if parts[i]), len(parts))
    headers = [(part, axis) for part, axis in zip(parts, axes, strict=True) if part]
    twice = repeated(headers)
    if twice:
        message = f'{file} has two columns {" ".join(twice)}: leave one of them, or give it another name'
        raise BadDataError(message, 'bad-entry', file, 'header')
    column = {(part, axis): i for i, (part, axis) in enumerate(zip(parts, axes, strict=True))}
    missing = [name for name in names if (name, 'x') not in column or (name, 'y') not in column]
    if missing:
        known = ', '.join(dict.fromkeys(parts[num_path_columns:]))
        message = f'{file} has no point {", ".join(missing)}; it has {known}'
        raise BadDataError(message, 'joint-count', file, 'header')
    sound = []
    for index, (number, row) in enumerate(rows[3:]):
        line = f'line {number}'
        with bad_data.leaving_out():
            if len(row) != len(parts):
                message = f'{file}, {line}: {len(row)} fields, where the headers have {len(parts)}'
                raise BadDataError(message, 'bad-entry', file, line)
            points = [[_number(row[column[name, axis]], file, line, name) for axis in 'xy'] for name in names]
            path = '/'.join(row[:num_path_columns])
            sound.append(TableRow(index, number, path, np.array(points, dtype=np.float32)))
    return sound


def _number(field: str, file: str, line: str, name: str) -> float:
    try:
        return float(field) if field.strip() else np.nan
    except ValueError:
        message = f'{file}, {line}: "{field}" of {name} is no number'
        raise BadDataError(message, 'label-not-finite', file, line) from None


@DATASETS.register_module()
class DeepLabCutDataset(PoseSampleDataset):
    """Frames labelled with DeepLabCut or Lightning Pose; the points are taken by the names in the metainfo.

    Args:
        ann_file: The table (CSV).
        metainfo: Of the keypoints; the names are those of the table, which may hold more.
        data_root: Folder that the table's image paths are relative to; by default that of the table.
        crop: (x, y, width, height) in pixels; pictures are cut out and keypoints are relative to the cut.
        split: None takes all frames; missing points are not visible. 'prior' and 'test' are the even and the odd ones
            among the frames where every point is labelled: two fixed, disjoint halves.
        bad_data: 'refuse' or 'skip' what is bad; see :mod:`.bad_data`. The split is made before that, from the table
            alone, so no frame of one half comes into the other.
        pipeline, test_mode, indices: See :class:`~.frame_dataset.PoseSampleDataset`.

    Raises:
        FileNotFoundError: If the table does not exist.
        ValueError: If the table is in another layout, the crop leaves a picture, the split is unknown or empty.
        BadDataError: If an image cannot be read, or a label lies far outside of it, and ``bad_data`` is 'refuse'.
    """

    def __init__(
        self,
        ann_file: str,
        metainfo: dict,
        data_root: str | None = None,
        crop: Sequence[int] | None = None,
        split: str | None = None,
        bad_data: str = 'refuse',
        **kwargs,
    ) -> None:
        if split not in (None, 'prior', 'test'):
            raise ValueError(f"split is None, 'prior' or 'test', got {split!r}")
        self._table, self._crop, self._split = ann_file, crop, split
        self._folder = Path(ann_file).parent if data_root is None else Path(data_root)
        self.bad_data = BadData(bad_data, ann_file)
        super().__init__(metainfo=metainfo, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Frames of the split, pictures in memory."""
        rows = table_rows(self._table, self.keypoint_names, self.bad_data)
        if self._split is not None:
            complete = [row for row in rows if np.isfinite(row.keypoints).all()]
            rows = complete[0 if self._split == 'prior' else 1 :: 2]
        if not rows:
            raise ValueError(f'{self._table} has no frame for split {self._split!r}')
        samples = []
        for row in rows:
            with self.bad_data.leaving_out():
                samples.append(self._sample(row))
        self.bad_data.summarize(len(rows), 'frames')
        if not samples:
            raise ValueError(f'no frame of {self._table} can be used, the first because {self.bad_data.left_out[0]}')
        return samples

    def _sample(self, row: TableRow) -> dict:
        """A row of the table as a sample."""
        path, line = self._folder / row.path, f'line {row.line}'
        image, keypoints = read_image(path), row.keypoints
        if self._crop is not None:
            x, y, width, height = self._crop
            if x < 0 or y < 0 or x + width > image.shape[1] or y + height > image.shape[0]:
                size = f'{image.shape[1]} x {image.shape[0]}'
                message = f'crop {tuple(self._crop)} (x, y, w, h) leaves the {size} picture {path}'
                raise BadDataError(message, 'crop', path)
            image, keypoints = image[y : y + height, x : x + width].copy(), keypoints - np.float32([x, y])
        visible = np.isfinite(row.keypoints).all(axis=-1).astype(np.float32)
        check_keypoints(keypoints, visible, image.shape[:2], self._table, line, self.keypoint_names)
        return pose_sample(
            row.index,
            img=image,
            img_path=str(path),
            bbox=whole_image_box(image.shape),
            keypoints=np.nan_to_num(keypoints)[None],
            keypoints_visible=visible[None],
            label_file=self._table,
            label_line=line,
        )
