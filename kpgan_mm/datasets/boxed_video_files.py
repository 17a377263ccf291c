"""Videos in which the figure travels, with its box in every frame."""

import csv
import math
import os
import posixpath
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import numpy as np

from kpgan_mm.registry import TASK_UTILS

from .bad_data import BadDataError, check_file
from .image_files import image_size
from .video_files import VIDEO_SUFFIXES, VideoFiles

_COLUMNS = ('video', 'frame', 'x', 'y', 'width', 'height')


class BoxTable:
    """Boxes of a CSV table with the columns video, frame, x, y, width, height; in pixels, frames counted from 0.

    A video may be written without its folder and suffix; where the table gives them, they are those of the file.

    Args:
        file: The table, as a detector or tracker can be made to write it.

    Attributes:
        file (str): As given.
        boxes (dict): (:func:`video_name`, frame) -> (4,) float32, x1 y1 x2 y2.
        written (dict): :func:`video_name` -> the video as the table has it, with most of its folder and suffix.

    Raises:
        MissingFileError: If there is no such file; it is a FileNotFoundError.
        BadDataError: If it is no table, a column is missing, a field is no number, a box is empty, a frame has two, or
            two videos differ in folder or suffix only.
    """

    def __init__(self, file: str | Path) -> None:
        self.file, self.boxes, self.written = str(file), {}, {}
        check_file(Path(file), 'box table')
        if Path(file).is_dir():
            raise BadDataError(f'{file} is a folder: name the CSV table of boxes in it', 'bad-entry', file)
        try:
            with open(file, newline='', encoding='utf-8-sig') as handle:
                self._read(handle)
        except (csv.Error, UnicodeDecodeError) as error:
            message = f'{file} cannot be read as a CSV table of boxes: {error}'
            raise BadDataError(message, 'bad-entry', file) from None

    def _read(self, handle: TextIO) -> None:
        reader = csv.DictReader(handle)
        found = [name.strip().lower() for name in reader.fieldnames or []]
        missing = [name for name in _COLUMNS if name not in found]
        if missing:
            message = (
                f'{self.file} has no column {", ".join(missing)}; a table of boxes has {", ".join(_COLUMNS)}, with '
                f'commas between them, and found are {" and ".join(map(repr, found[:10])) or "none"}'
            )
            raise BadDataError(message, 'bad-entry', self.file, 'header')
        reader.fieldnames = found
        for row in reader:
            try:
                self._add(row)
            except ValueError as error:
                line = f'line {reader.line_num}'
                raise BadDataError(f'{self.file}, {line}: {error}', 'bad-entry', self.file, line) from None

    def _add(self, row: dict[str, str | None]) -> None:
        frame, x, y, width, height = (_number(row, column) for column in _COLUMNS[1:])
        if frame < 0 or frame % 1:
            raise ValueError(f'frame is {row["frame"]}, and frames are whole numbers from 0 on')
        if width <= 0 or height <= 0:
            raise ValueError(f'the box is {width:g} wide and {height:g} high')
        video = (row['video'] or '').strip()
        name = video_name(video)
        if not name:
            raise ValueError('video is blank')
        other = self.written.get(name, video)
        if _parts(video)[:-1] != _parts(other)[:-1] or len({_suffix(video), _suffix(other)} - {''}) > 1:
            raise ValueError(
                f'{video} and {other} would be taken for one video: videos with a table of boxes need different names, '
                'whatever their folders'
            )
        self.written[name] = max(other, video, key=len)
        if (name, int(frame)) in self.boxes:
            raise ValueError(f'frame {int(frame)} of {name} has a box already: leave one box for each frame')
        self.boxes[name, int(frame)] = np.array([x, y, x + width, y + height], dtype=np.float32)

    def names(self, file: str | Path) -> bool:
        """Whether the table means a file: by its name, and by folders and suffix as far as it gives them."""
        written = self.written.get(video_name(file))
        if written is None or _suffix(written) not in ('', _suffix(file)):
            return False
        folders = _parts(written)[:-1]
        # Either may be what the user sees of a linked folder.
        places = (_parts(place(file))[:-1] for place in (os.path.abspath, os.path.realpath))
        return not folders or any(place[-len(folders) :] == folders for place in places)

    def find(self, files: Iterable[str | Path]) -> list[str | Path]:
        """Those of the files that the table names.

        Raises:
            ValueError: If two of them have one name.
        """
        found = {}
        for file in filter(self.names, files):
            other = found.setdefault(video_name(file), file)
            if os.path.realpath(other) != os.path.realpath(file):
                raise ValueError(f'{self.file} would give {other} and {file} the same boxes: rename one of them')
        return list(found.values())

    def videos(self) -> str:
        """For messages: what the table names, shortened."""
        return ', '.join(sorted(self.written.values())[:5]) or 'nothing'

    def box(self, file: str | Path, frame: int) -> np.ndarray | None:
        """The box (4,) float32, x1 y1 x2 y2, of a frame of a file; None where there is none."""
        return self.boxes.get((video_name(file), frame)) if self.names(file) else None

    def of_video(self, file: str | Path) -> list[tuple[int, np.ndarray]]:
        """The frames of a file that have a box, and this."""
        return [(frame, self.boxes[name, frame]) for name, frame in self.boxes if name == video_name(file)]

    def check_inside(self, file: str | Path, size: tuple[int, int], frame: int | None = None) -> None:
        """Look whether boxes show anything of their pictures.

        Args:
            file: The video that they belong to.
            size: (height, width) of its pictures in pixels.
            frame: The box to look at; all of the video by default.

        Raises:
            BadDataError: If one lies wholly outside.
        """
        for number, (x1, y1, x2, y2) in self.of_video(file) if frame is None else [(frame, self.box(file, frame))]:
            if x2 <= 0 or y2 <= 0 or x1 >= size[1] or y1 >= size[0]:
                message = (
                    f'{self.file}: the box of frame {number} of {file}, x {x1:g} to {x2:g} and y {y1:g} to {y2:g}, '
                    f'lies outside its picture of {size[1]} x {size[0]} pixels: give boxes in pixels of this video, '
                    'as it is and not as it was before it was resized'
                )
                raise BadDataError(message, 'box-outside', self.file, f'frame {number}')


def video_name(path: str | Path) -> str:
    """What a video is called in a table of boxes: without its folder, and without the suffix of a video."""
    name = (_parts(path) or [''])[-1]
    return name[: len(name) - len(_suffix(name))]


def _suffix(path: str | Path) -> str:
    """The suffix of a video in small letters; empty where the name has none, or another."""
    suffix = os.path.splitext(str(path))[1].lower()
    return suffix if suffix in VIDEO_SUFFIXES else ''


def _parts(path: str | Path) -> list[str]:
    """Folders and name, on whatever system they were written; without drive, root and what leads upwards first."""
    parts = posixpath.normpath(str(path).replace('\\', '/')).split('/')
    if parts[0].endswith(':'):
        del parts[0]
    return [part for part in parts if part not in ('', '.', '..')]


def _number(row: dict[str, str | None], column: str) -> float:
    text = row[column] or ''
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f'{column} is {text.strip() or "blank"}, which is no number')
    return number


@TASK_UTILS.register_module()
class BoxedVideoFiles(VideoFiles):
    """Frames of video files that have a box; the others are left out.

    Args:
        boxes: See :class:`BoxTable`.
        kwargs: ``files``, ``cache_dir``, ``stride`` and ``bad_data`` of :class:`~.video_files.VideoFiles`.

    Raises:
        FileNotFoundError: If a file does not exist.
        ValueError: If the table cannot be read, two videos have the same name, a box lies outside its pictures, or no
            frame has a box.
    """

    def __init__(self, boxes: str, **kwargs) -> None:
        table = BoxTable(boxes)
        super().__init__(**kwargs)
        named, checked, boxed = set(table.find(self.files.values())), set(), []
        for frame in self.frames:
            file = self.files[frame['video_id']]
            box = table.box(file, frame['frame_id']) if file in named else None
            if box is None:
                continue
            if file not in checked:
                table.check_inside(file, image_size(frame['img_path']))
                checked.add(file)
            boxed.append(frame | dict(bbox=box))
        self.frames = boxed
        if not self.frames:
            raise ValueError(f'{boxes} has a box for no frame of these videos; it names {table.videos()}')
