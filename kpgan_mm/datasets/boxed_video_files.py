"""Videos in which the figure travels, with its box in every frame."""

import csv
from pathlib import Path

import numpy as np

from kpgan_mm.registry import TASK_UTILS

from .bad_data import BadDataError, check_file
from .video_files import VideoFiles

_COLUMNS = ('video', 'frame', 'x', 'y', 'width', 'height')


def read_box_table(file: str) -> dict[tuple[str, int], np.ndarray]:
    """Boxes of a CSV table with the columns video, frame, x, y, width, height; in pixels, frames counted from 0.

    Args:
        file: The table, as a detector or tracker can be made to write it. A video is named without its folder and
            suffix.

    Returns:
        dict: (video, frame) -> (4,) float32, x1 y1 x2 y2.

    Raises:
        MissingFileError: If there is no such file; it is a FileNotFoundError.
        BadDataError: If a column is missing, a field is no number, or a box is empty.
    """
    check_file(Path(file), 'box table')
    with open(file, newline='', encoding='utf-8-sig') as handle:
        reader = csv.DictReader(handle)
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or [])]
        if missing:
            message = f'{file} has no column {", ".join(missing)}; a table of boxes has {", ".join(_COLUMNS)}'
            raise BadDataError(message, 'bad-entry', file, 'header')
        boxes = {}
        for row in reader:
            line = f'line {reader.line_num}'
            try:
                x, y, width, height = (float(row[name]) for name in _COLUMNS[2:])
                key = Path(row['video']).stem, int(row['frame'])
            except (TypeError, ValueError):
                raise BadDataError(f'{file}, {line}: a field is no number', 'bad-entry', file, line) from None
            if not (width > 0 and height > 0 and np.isfinite([x, y, width, height]).all()):
                message = f'{file}, {line}: the box is {width:g} wide and {height:g} high'
                raise BadDataError(message, 'bad-entry', file, line)
            boxes[key] = np.array([x, y, x + width, y + height], dtype=np.float32)
    return boxes


@TASK_UTILS.register_module()
class BoxedVideoFiles(VideoFiles):
    """Frames of video files that have a box; the others are left out.

    Args:
        boxes: See :func:`read_box_table`.
        kwargs: ``files``, ``cache_dir``, ``stride`` and ``bad_data`` of :class:`~.video_files.VideoFiles`.

    Raises:
        FileNotFoundError: If a file does not exist.
        ValueError: If the table cannot be read, or no frame has a box.
    """

    def __init__(self, boxes: str, **kwargs) -> None:
        table = read_box_table(boxes)
        super().__init__(**kwargs)
        boxed = []
        for frame in self.frames:
            video = frame['video_id'].rsplit('-', 1)[0]  # VideoFiles appends what makes it unique
            if (video, frame['frame_id']) in table:
                boxed.append(frame | dict(bbox=table[video, frame['frame_id']]))
        self.frames = boxed
        if not self.frames:
            videos = ', '.join(sorted({video for video, _ in table})[:5]) or 'nothing'
            raise ValueError(f'{boxes} has a box for no frame of these videos; it names {videos}')
