"""Predictions as files, written frame by frame: memory does not grow with their number."""

import csv
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from kpgan_mm.visualization import draw_grid, draw_keypoints, write_picture

from .own_frames import OwnFrame

SCORER = 'kpgan_mm'
# Pictures are shown with a longer side of so many pixels.
_LEAST_SIDE, _MOST_SIDE = 256, 1280
_TILE, _COLUMNS, _ROWS = 192, 6, 4
_PREDICTED = 2


class CocoWriter:
    """COCO annotations, one a frame, its box where the figure was looked for; the category has the skeleton.

    Args:
        path: File to write; it appears when all is written.
        meta: Parsed metainfo of the keypoints.
        source: What was predicted, noted under `info`.
    """

    def __init__(self, path: Path, meta: dict, source: str = '') -> None:
        self.path, self.number, self._source = path, 0, source
        self._images, self._annotations = (tempfile.TemporaryFile('w+') for _ in range(2))  # noqa: SIM115  (lives until close)
        names = [meta['keypoint_id2name'][k] for k in range(meta['num_keypoints'])]
        # COCO counts keypoints from 1.
        skeleton = [[int(i) + 1, int(j) + 1] for i, j in meta['skeleton_links']]
        self._categories = [dict(id=1, name=meta['dataset_name'], keypoints=names, skeleton=skeleton)]

    def add(self, frame: OwnFrame, keypoints: np.ndarray, scores: np.ndarray, box: Sequence[float]) -> None:
        """Adds a frame with keypoints ``(K, 2)`` in pixels, scores ``(K,)`` and box (x1, y1, x2, y2)."""
        height, width = frame.image.shape[:2]
        x1, y1, x2, y2 = box
        number, comma = self.number, ', ' if self.number else ''
        image = dict(id=number, file_name=frame.name, video_id=frame.video_id, frame_id=frame.frame_id)
        triples = np.column_stack([keypoints.astype(np.float64).round(3), np.full(len(keypoints), _PREDICTED)])
        annotation = dict(
            id=number,
            image_id=number,
            category_id=1,
            keypoints=triples.ravel().tolist(),
            num_keypoints=len(keypoints),
            bbox=[x1, y1, x2 - x1, y2 - y1],
            area=(x2 - x1) * (y2 - y1),
            iscrowd=0,
            score=round(float(scores.mean()), 6),
            keypoint_scores=scores.astype(np.float64).round(6).tolist(),
        )
        self._images.write(comma + json.dumps(image | dict(width=width, height=height)))
        self._annotations.write(comma + json.dumps(annotation))
        self.number += 1

    def close(self, files: Sequence[str] = ()) -> None:
        """Writes the file, and in it the names of all ``files`` of the prediction."""
        with self.path.open('w') as file:
            file.write(f'{{"info": {json.dumps(dict(source=self._source, files=list(files)))}, ')
            for key, part in (('"images": [', self._images), ('], "annotations": [', self._annotations)):
                file.write(key)
                part.seek(0)
                shutil.copyfileobj(part, file)
                part.close()
            file.write(f'], "categories": {json.dumps(self._categories)}}}')


class TableWriter:
    """A table in DeepLabCut's layout; rows begin with the frame's number in a video, else the image's name.

    Three rows of heading (scorer, bodyparts, coords), then x, y and likelihood of every keypoint:
    ``pandas.read_csv(path, header=[0, 1, 2], index_col=0)`` reads it, which is how DeepLabCut and Lightning Pose do.
    Both count rows, so that a frame of a video that is left out has a row of ``nan`` (a blank first row would be taken
    for the name of the index).
    """

    def __init__(self, path: Path, meta: dict, numbered: bool) -> None:
        self._file, self._numbered, self._next = path.open('w', newline=''), numbered, 0
        self._rows = csv.writer(self._file)
        names = [meta['keypoint_id2name'][k] for k in range(meta['num_keypoints'])]
        self._rows.writerow(['scorer'] + [SCORER] * (3 * len(names)))
        self._rows.writerow(['bodyparts'] + [name for name in names for _ in range(3)])
        self._rows.writerow(['coords'] + ['x', 'y', 'likelihood'] * len(names))

    def add(self, frame: OwnFrame, keypoints: np.ndarray, scores: np.ndarray) -> None:
        """Adds a frame with keypoints ``(K, 2)`` in pixels and scores ``(K,)``."""
        values = np.column_stack([keypoints, scores]).ravel()
        if self._numbered:
            self._rows.writerows([number] + ['nan'] * len(values) for number in range(self._next, frame.frame_id))
            self._next = frame.frame_id + 1
        self._rows.writerow([frame.frame_id if self._numbered else frame.name, *(f'{value:.6f}' for value in values)])

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class ArraysWriter:
    """Named float32 arrays as ``.npz``, collected on the disk.

    Args:
        path: File to write.
        shapes: For each array the shape of one frame's entry.
    """

    def __init__(self, path: Path, shapes: dict[str, tuple[int, ...]]) -> None:
        self.path, self._shapes = path, shapes
        self._files = {name: tempfile.TemporaryFile() for name in shapes}  # noqa: SIM115  (lives until close)

    def add(self, **entries: np.ndarray) -> None:
        """Adds one frame's entries."""
        for name, shape in self._shapes.items():
            self._files[name].write(np.asarray(entries[name], np.float32).reshape(shape).tobytes())

    def close(self) -> None:
        """Writes the file."""
        arrays = {}
        for name, file in self._files.items():
            file.flush()
            stored = np.memmap(file, np.float32, 'r')
            arrays[name] = stored.reshape(-1, *self._shapes[name])
        np.savez(self.path, **arrays)
        for file in self._files.values():
            file.close()


def shown_size(height: int, width: int) -> tuple[int, int]:
    """(height, width), both even and at least 16, at which a picture is shown: not too small to see, nor too large."""
    longer = max(height, width)
    scale = min(max(_LEAST_SIDE / longer, 1.0), _MOST_SIDE / longer)
    return max(16, round(height * scale / 2) * 2), max(16, round(width * scale / 2) * 2)


def draw_fitted(image: np.ndarray, keypoints: np.ndarray, size: tuple[int, int], meta: dict) -> np.ndarray:
    """A BGR picture with its keypoints, fitted into ``size`` (height, width) with black margins."""
    scale = min(size[0] / image.shape[0], size[1] / image.shape[1])
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    canvas = np.zeros((*size, 3), np.uint8)
    canvas[top : top + height, left : left + width] = resized
    # Pixel centres move with their pixels.
    moved = (np.asarray(keypoints, np.float64) + 0.5) * (width, height) / image.shape[1::-1] - 0.5 + (left, top)
    return draw_keypoints(canvas, moved, meta['skeleton_links'], [color[::-1] for color in meta['keypoint_colors']])


class OverlayWriter:
    """A video of the frames with their keypoints, of the first frame's size.

    Raises:
        ValueError: If it cannot be written.
    """

    def __init__(self, path: Path, meta: dict, rate: float, first: np.ndarray) -> None:
        self._meta, self._size = meta, shown_size(*first.shape[:2])
        self._writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), rate, self._size[::-1])
        if not self._writer.isOpened():
            raise ValueError(f'{path} cannot be written: is the folder writable?')

    def add(self, frame: OwnFrame, keypoints: np.ndarray) -> None:
        """Adds a frame with keypoints ``(K, 2)`` in pixels."""
        self._writer.write(draw_fitted(frame.image, keypoints, self._size, self._meta))

    def close(self) -> None:
        """Closes the file."""
        self._writer.release()


class PicturesWriter:
    """Pictures of frames that are spread evenly over the source, and a contact sheet of some of them.

    Every frame is kept until there are more than ``most``; then every other is dropped, from then on every other one is
    looked at, and so on. Kept are the JPEG files' bytes.

    Args:
        folder: For the pictures, ``000012_name.jpg``; older ones are removed.
        sheet: Picture of the contact sheet.
        meta: Parsed metainfo of the keypoints.
        most: Pictures to keep.
    """

    def __init__(self, folder: Path, sheet: Path, meta: dict, most: int = 100) -> None:
        self._folder, self._sheet, self._meta, self._most = folder, sheet, meta, most
        self._kept, self._stride, self._number = [], 1, 0

    def add(self, frame: OwnFrame, keypoints: np.ndarray) -> None:
        """Looks at a frame with keypoints ``(K, 2)`` in pixels."""
        number, self._number = self._number, self._number + 1
        if number % self._stride:
            return
        drawn = draw_fitted(frame.image, keypoints, shown_size(*frame.image.shape[:2]), self._meta)
        name = f'{number:06d}_{Path(frame.video_id if "/" in frame.name else frame.name).stem or "frame"}.jpg'
        self._kept.append((number, name, cv2.imencode('.jpg', drawn)[1]))
        if len(self._kept) > self._most:
            self._kept, self._stride = self._kept[::2], 2 * self._stride

    def close(self) -> None:
        """Writes pictures and contact sheet."""
        self._folder.mkdir(exist_ok=True)
        for old in self._folder.glob('[0-9]*_*.jpg'):
            old.unlink()
        for _, name, content in self._kept:
            (self._folder / name).write_bytes(content.tobytes())
        places = np.linspace(0, len(self._kept) - 1, min(len(self._kept), _COLUMNS * _ROWS)).round().astype(int)
        shown = [self._kept[place] for place in places]
        rows = {}
        for start in range(0, len(shown), _COLUMNS):
            row = shown[start : start + _COLUMNS]
            tiles = [cv2.imdecode(content, cv2.IMREAD_COLOR) for _, _, content in row]
            rows[f'from {row[0][0]}'] = [_tile(tile) for tile in tiles]
        write_picture(self._sheet, draw_grid(rows))


def _tile(picture: np.ndarray) -> np.ndarray:
    """A BGR picture as an RGB tile of the contact sheet."""
    nothing = dict(skeleton_links=[], keypoint_colors=[])
    return draw_fitted(picture, np.empty((0, 2)), (_TILE, _TILE), nothing)[..., ::-1]
