"""Frames packed by ``tools/misc/pack_dataset.py``: pictures as the network gets them, in one memory-mapped file.

A folder of packed frames holds

- ``pictures.bin``: the pictures, uint8, one after the other
- ``frames.npz``: where each begins, its shape, video, number, box and file, and what the transforms that were carried
  out have added to its sample
- ``index.json``: version, size, which transforms these are, what was packed (:mod:`.source_record`), what was bad
"""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from kpgan_mm.registry import TASK_UTILS

from .bad_data import BadDataError, MissingFileError
from .frame_sources import FrameSource

VERSION = 1
PICTURES, FRAMES, INDEX = 'pictures.bin', 'frames.npz', 'index.json'

# Prefix of the arrays in ``frames.npz`` that hold what transforms have added.
ADDED = 'added_'


def read_index(folder: str | os.PathLike) -> dict:
    """Content of ``index.json``.

    Raises:
        FileNotFoundError: If there are no packed frames.
        ValueError: If they are incomplete, or of another version.
    """
    path = Path(folder, INDEX)
    if not path.is_file():
        raise FileNotFoundError(f'{folder} holds no packed frames: make them with tools/misc/pack_dataset.py')
    index = json.loads(path.read_text())
    if index.get('version') != VERSION:
        raise ValueError(
            f'packed frames {folder} are of version {index.get("version")}, and this is version {VERSION}: pack again'
        )
    for name, size in index['sizes'].items():
        found = Path(folder, name).stat().st_size if Path(folder, name).is_file() else 0
        if found != size:
            raise ValueError(f'{Path(folder, name)} has {found} bytes instead of {size}: copy it anew, or pack again')
    return index


def entry_of(error: BadDataError) -> dict:
    """What ``index.json`` keeps of the error that a bad frame gives."""
    missing = isinstance(error, MissingFileError)
    return dict(message=str(error), kind=error.kind, file=error.file, line=error.line, missing=missing)


def error_of(bad: dict) -> BadDataError:
    """The error from its :func:`entry_of`."""
    return (MissingFileError if bad['missing'] else BadDataError)(bad['message'], bad['kind'], bad['file'], bad['line'])


class PackedPictures(Sequence):
    """The frames, each read when it is asked for; all processes share the one copy that the system keeps in memory.

    Args:
        folder: Of the packed frames.
        index: Its :func:`read_index`.
    """

    def __init__(self, folder: str, index: dict) -> None:
        self.folder, self._index = os.fspath(folder), index
        self._open()

    def _open(self) -> None:
        with np.load(Path(self.folder, FRAMES)) as arrays:
            content = dict(arrays)
        added = {key[len(ADDED) :]: content.pop(key) for key in list(content) if key.startswith(ADDED)}
        # What is alike in all frames is there once.
        self._common = {key: self._value(key, array[0]) for key, array in added.items() if len(array) == 1}
        self._varying = {key: array for key, array in added.items() if key not in self._common}
        self.offsets, self.shapes = content['offset'], content['shape']
        self.video_numbers, self.video_names = content['video'], content['video_names']
        self._frame_ids, self._boxes, self._paths = content['frame_id'], content.get('box'), content['img_path']
        # The plain array: slices of np.memmap cost ten times as much.
        self._bytes = np.asarray(np.memmap(Path(self.folder, PICTURES), dtype=np.uint8, mode='r'))

    def __getstate__(self) -> dict:
        # Pickled for a worker process, the mapped file would be copied.
        return dict(folder=self.folder, _index=self._index)

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        self._open()

    def __len__(self) -> int:
        return len(self.offsets)

    def __getitem__(self, number: int) -> dict:
        """A frame; its ``packed`` is what the transforms that were carried out have added to the sample.

        Raises:
            BadDataError: If the frame could not be read when it was packed.
        """
        if not -len(self) <= number < len(self):
            raise IndexError(f'frame {number} of {len(self)}')
        number %= len(self)
        bad = self._index['bad'].get(str(number))
        if bad is not None:
            raise error_of(bad)
        begin, shape = int(self.offsets[number]), tuple(self.shapes[number].tolist())
        # A copy, as if it were decoded: transforms may write into it.
        image = self._bytes[begin : begin + shape[0] * shape[1] * shape[2]].reshape(shape).copy()
        frame = dict(
            img=image,
            video_id=os.fsdecode(self.video_names[self.video_numbers[number]]),
            frame_id=int(self._frame_ids[number]),
            packed={key: value if type(value) is tuple else value.copy() for key, value in self._added_to(number)},
        )
        if self._paths[number]:
            frame['img_path'] = os.fsdecode(self._paths[number])
        if self._boxes is not None:
            frame['bbox'] = self._boxes[number].copy()
        return frame

    def _added_to(self, number: int) -> Iterator[tuple[str, tuple | np.ndarray]]:
        yield from self._common.items()
        for key, array in self._varying.items():
            yield key, self._value(key, array[number])

    def _value(self, key: str, value: np.ndarray) -> tuple | np.ndarray:
        return tuple(value.tolist()) if key in self._index['tuples'] else value


@TASK_UTILS.register_module()
class PackedFrames(FrameSource):
    """Frames packed by ``tools/misc/pack_dataset.py``, in the place of the source that they were packed from.

    ``tools/train.py CONFIG --packed FOLDER`` puts it there, and leaves out the transforms that were carried out.
    What was bad when it was packed is bad here, so that draws are the same.

    Args:
        folder: Where they are.

    Raises:
        FileNotFoundError: If there are no packed frames.
        ValueError: If they are incomplete, or of another version.
    """

    def __init__(self, folder: str) -> None:
        index = read_index(folder)
        super().__init__(PackedPictures(folder, index), f'packed frames {folder}', bad_data=index['bad_data'])

    def videos(self) -> list[range]:
        """Indices of the frames of each video, in order."""
        ends = [*(np.flatnonzero(np.diff(self.frames.video_numbers)) + 1).tolist(), len(self.frames)]
        return [range(begin, end) for begin, end in zip([0, *ends], ends, strict=False)]
