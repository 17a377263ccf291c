"""Videos in which the figure travels, with its box in every frame."""

import csv
from pathlib import Path

import numpy as np

from kpgan_mm.registry import TASK_UTILS

from .bad_data import BadDataError, check_file
from .video_files import VIDEO_SUFFIXES, VideoFiles

_COLUMNS = ('video', 'frame', 'x', 'y', 'width', 'height')


def read_box_table(file: str) -> dict[tuple[str, int], np.ndarray]:
    """Boxes of a CSV table with the columns video, frame, x, y, width, height; in pixels, frames counted from 0.

    Args:
        file: The table, as a detector or tracker can be made to write it. The folder and the suffix of a video may be
            left out.

    Returns:
        dict: (video without folder and suffix, frame) -> (4,) float32, x1 y1 x2 y2.

    Raises:
        MissingFileError: If there is no such file; it is a FileNotFoundError.
        BadDataError: If it is no table, a column is missing, a field is no number, a box is empty, a frame has two, or
            two videos differ in folder or suffix only.
    """
    check_file(Path(file), 'box table')
    try:
        return _read_boxes(file)
    except (csv.Error, UnicodeDecodeError) as error:
        message = f'{file} cannot be read as a CSV table of boxes: {error}'
        raise BadDataError(message, 'bad-entry', file) from None


def _read_boxes(file: str) -> dict[tuple[str, int], np.ndarray]:
    with open(file, newline='', encoding='utf-8-sig') as handle:
        reader = csv.DictReader(handle)
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or [])]
        if missing:
            message = f'{file} has no column {", ".join(missing)}; a table of boxes has {", ".join(_COLUMNS)}'
            raise BadDataError(message, 'bad-entry', file, 'header')
        boxes, written = {}, {}
        for row in reader:
            line = f'line {reader.line_num}'
            try:
                x, y, width, height = (float(row[name]) for name in _COLUMNS[2:])
                key = video_name(row['video']), int(row['frame'])
            except (TypeError, ValueError):
                raise BadDataError(f'{file}, {line}: a field is no number', 'bad-entry', file, line) from None
            if not (width > 0 and height > 0 and np.isfinite([x, y, width, height]).all()):
                message = f'{file}, {line}: the box is {width:g} wide and {height:g} high'
                raise BadDataError(message, 'bad-entry', file, line)
            other = written.setdefault(key[0], row['video'])
            if _differ(other, row['video']):
                message = (
                    f'{file}, {line}: {row["video"]} and {other} would be taken for one video: videos with a table of '
                    'boxes need different names, whatever their folders'
                )
                raise BadDataError(message, 'bad-entry', file, line)
            if key in boxes:
                message = f'{file}, {line}: frame {key[1]} of {key[0]} has a box already: leave one box for each frame'
                raise BadDataError(message, 'bad-entry', file, line)
            boxes[key] = np.array([x, y, x + width, y + height], dtype=np.float32)
    return boxes


def video_name(path: str | Path) -> str:
    """What a video is called in a table of boxes: without its folder, and without the suffix of a video."""
    path = Path(path)
    return path.stem if path.suffix.lower() in VIDEO_SUFFIXES else path.name


def _differ(first: str, second: str) -> bool:
    """Whether two names of a table that have the same :func:`video_name` are of different videos."""
    one, other = Path(first), Path(second)
    return first != second and (one.parent != other.parent or one.name != video_name(one) != other.name != one.name)


@TASK_UTILS.register_module()
class BoxedVideoFiles(VideoFiles):
    """Frames of video files that have a box; the others are left out.

    Args:
        boxes: See :func:`read_box_table`.
        kwargs: ``files``, ``cache_dir``, ``stride`` and ``bad_data`` of :class:`~.video_files.VideoFiles`.

    Raises:
        FileNotFoundError: If a file does not exist.
        ValueError: If the table cannot be read, two videos have the same name, or no frame has a box.
    """

    def __init__(self, boxes: str, **kwargs) -> None:
        table = read_box_table(boxes)
        super().__init__(**kwargs)
        boxed, names = [], {}
        for frame in self.frames:
            video = frame['video_id'].rsplit('-', 1)[0]  # VideoFiles appends what makes it unique
            if names.setdefault(video, frame['video_id']) != frame['video_id']:
                raise ValueError(
                    f'two videos are called {video}, and {boxes} would give both the same boxes: rename one of them'
                )
            if (video, frame['frame_id']) in table:
                boxed.append(frame | dict(bbox=table[video, frame['frame_id']]))
        self.frames = boxed
        if not self.frames:
            videos = ', '.join(sorted({video for video, _ in table})[:5]) or 'nothing'
            raise ValueError(f'{boxes} has a box for no frame of these videos; it names {videos}')
