"""Labelled frames in DeepLabCut's layout, which Lightning Pose shares."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kpgan_mm.registry import DATASETS

from .frame_dataset import PoseSampleDataset, pose_sample
from .frame_sources import read_image
from .transforms import whole_image_box


def read_deeplabcut(file: str, names: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Reads a table of keypoints: three header rows (scorer, bodyparts, coords), blank where a point is missing.

    Args:
        file: The CSV file.
        names: The points to take, in this order.

    Returns:
        tuple: N image paths as written in the file, and keypoints (N, K, 2) in pixels, NaN where missing.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is in another layout, or lacks one of the points.
    """
    if not Path(file).is_file():
        raise FileNotFoundError(f'DeepLabCut table {file} does not exist')
    with open(file, newline='') as handle:
        rows = [row for row in csv.reader(handle) if row]
    if [row[0] for row in rows[:3]] != ['scorer', 'bodyparts', 'coords']:
        raise ValueError(f'{file} does not begin with the three header rows scorer, bodyparts, coords')
    parts, axes = rows[1], rows[2]
    # Newer files spread the path over three columns, whose headers are blank but for the first.
    num_path_columns = next((i for i in range(1, len(parts)) if parts[i]), len(parts))
    column = {(part, axis): i for i, (part, axis) in enumerate(zip(parts, axes, strict=True))}
    missing = [name for name in names if (name, 'x') not in column or (name, 'y') not in column]
    if missing:
        known = ', '.join(dict.fromkeys(parts[num_path_columns:]))
        raise ValueError(f'{file} has no point {", ".join(missing)}; it has {known}')
    wanted = [(column[name, 'x'], column[name, 'y']) for name in names]
    paths = ['/'.join(row[:num_path_columns]) for row in rows[3:]]
    values = [[[float(row[i]) if row[i].strip() else np.nan for i in pair] for pair in wanted] for row in rows[3:]]
    return paths, np.array(values, dtype=np.float32).reshape(len(paths), len(names), 2)


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
        pipeline, test_mode, indices: See :class:`~.frame_dataset.PoseSampleDataset`.

    Raises:
        FileNotFoundError: If the table or an image does not exist.
        ValueError: If the table is in another layout, the crop leaves a picture, the split is unknown or empty.
    """

    def __init__(
        self,
        ann_file: str,
        metainfo: dict,
        data_root: str | None = None,
        crop: Sequence[int] | None = None,
        split: str | None = None,
        **kwargs,
    ) -> None:
        if split not in (None, 'prior', 'test'):
            raise ValueError(f"split is None, 'prior' or 'test', got {split!r}")
        self._table, self._crop, self._split = ann_file, crop, split
        self._folder = Path(ann_file).parent if data_root is None else Path(data_root)
        super().__init__(metainfo=metainfo, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Frames of the split, pictures in memory."""
        names = [self._metainfo['keypoint_id2name'][i] for i in range(self._metainfo['num_keypoints'])]
        paths, keypoints = read_deeplabcut(self._table, names)
        labelled = np.isfinite(keypoints).all(axis=-1)
        chosen = np.arange(len(paths))
        if self._split is not None:
            chosen = np.flatnonzero(labelled.all(axis=1))[0 if self._split == 'prior' else 1 :: 2]
        if len(chosen) == 0:
            raise ValueError(f'{self._table} has no frame for split {self._split!r}')
        samples = []
        for index in chosen.tolist():
            path = self._folder / paths[index]
            image, shifted = read_image(path), keypoints[index]
            if self._crop is not None:
                x, y, width, height = self._crop
                if x < 0 or y < 0 or x + width > image.shape[1] or y + height > image.shape[0]:
                    size = f'{image.shape[1]} x {image.shape[0]}'
                    raise ValueError(f'crop {tuple(self._crop)} (x, y, w, h) leaves the {size} picture {path}')
                image, shifted = image[y : y + height, x : x + width].copy(), shifted - np.float32([x, y])
            samples.append(
                pose_sample(
                    index,
                    img=image,
                    img_path=str(path),
                    bbox=whole_image_box(image.shape),
                    keypoints=np.nan_to_num(shifted)[None],
                    keypoints_visible=labelled[index].astype(np.float32)[None],
                )
            )
        return samples
