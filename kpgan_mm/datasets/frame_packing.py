"""Packs the frames of a training set as :mod:`.packed_frames` reads them."""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.dataset import Compose
from mmengine.registry import DATASETS as ROOT_DATASETS
from torch.utils.data import DataLoader, Dataset

from .bad_data import BadDataError
from .frame_draw_dataset import FrameDrawDataset
from .frame_pair_dataset import FramePairDataset
from .packed_config import MASKING, check_packable, name_of, plain_transforms
from .packed_frames import ADDED, FRAMES, INDEX, PICTURES, VERSION, entry_of, error_of
from .source_record import record_source

_LOADING = ('LoadFramePair', 'LoadImage')
# What these do to a frame follows from the frame and its box alone.
_CROPPING = ('GetBBoxCenterScale', 'StretchToInput', 'TopdownAffine')
# Not added by transforms to a sample, or not needed after them.
_NOT_ADDED = ('img', 'img_path', 'mask_path', 'foreground')
_NUM_PROBES = 16


@dataclass
class PackingPlan:
    """What is packed.

    Attributes:
        dataset: The training set, with all its pipeline but none of its poses.
        source: Config of its frame source.
        done: Configs of the transforms that are carried out now.
        rest: Those that training carries out.
        reason: Why crops are left to training; empty if they are not.
    """

    dataset: FramePairDataset | FrameDrawDataset
    source: dict
    done: list[dict]
    rest: list[dict]
    reason: str


def plan_packing(config: Mapping[str, Any]) -> PackingPlan:
    """Decides which transforms of a training set can be carried out beforehand without changing a sample.

    These are the first ones: loading, masking, and cropping if that does not depend on which two frames meet. Two
    frames are cropped by the box around both of theirs, so it does unless the boxes of each video are the same.

    Args:
        config: Of the training set; its source is built.

    Raises:
        ValueError: If it does not draw from a frame source, or the pipeline does not begin by loading.
    """
    check_packable(config)
    config = dict(config)
    if 'prior' in config:
        config['prior'] = None
    dataset = ROOT_DATASETS.build(config)
    pipeline = list(config.get('pipeline') or [])
    if not pipeline or name_of(pipeline[0]) not in _LOADING:
        raise ValueError(f'the pipeline of the training set begins with none of {", ".join(_LOADING)}')
    reason = '' if isinstance(dataset, FrameDrawDataset) else _varying_boxes(dataset.source)
    number = 1
    while number < len(pipeline) and name_of(pipeline[number]) in (MASKING, *(() if reason else _CROPPING)):
        number += 1
    if any(name_of(transform) == MASKING for transform in pipeline[number:]):
        raise ValueError('MaskBackground must come right after loading in the pipeline for frames to be packed')
    if number == len(pipeline) or name_of(pipeline[number]) not in _CROPPING:
        reason = ''
    return PackingPlan(dataset, dict(config['source']), pipeline[:number], pipeline[number:], reason)


def _varying_boxes(source) -> str:
    """Why frames of one video have different crops; empty if they have not."""
    if not isinstance(source.frames, list):
        with contextlib.suppress(BadDataError):
            return 'frames have boxes, which are read with them' if 'bbox' in source.frame(0) else ''
        return 'the first frame cannot be read to see whether it has a box'
    for video in source.videos():
        boxes = {tuple(np.asarray(source.frames[index].get('bbox', ())).tolist()) for index in video}
        if len(boxes) > 1:
            return f'boxes differ within video {source.frames[video[0]]["video_id"]}'
    return ''


class _Frames(Dataset):
    """Frames through the first transforms, with what these have added; or the error that one gives."""

    def __init__(self, plan: PackingPlan) -> None:
        self.dataset, self.transforms = plan.dataset, Compose(plan.done)

    def __len__(self) -> int:
        return len(self.dataset.source)

    def __getitem__(self, index: int) -> dict:
        try:
            before = self.dataset.of_frame(index)
            after = self.transforms(dict(before))
        except BadDataError as error:
            return dict(bad=entry_of(error))
        return dict(
            image=after['img'][0] if isinstance(after['img'], list) else after['img'],
            added={key: value for key, value in after.items() if _is_added(key, value, before)},
            video_id=before['video_id'],
            frame_id=before['frame_id'],
            img_path=before.get('img_path') or '',
            box=before.get('bbox'),
        )


def _is_added(key: str, value: Any, before: dict) -> bool:
    return key not in _NOT_ADDED and not key.startswith('ref_') and before.get(key, before) is not value


def _init_worker(_: int) -> None:
    cv2.setNumThreads(0)


def read_frames(plan: PackingPlan, workers: int = 0, indices: Sequence[int] | None = None) -> Iterator[dict]:
    """Yields the frames of a plan in order, as they are packed; of a bad one its ``bad``."""
    loader = DataLoader(
        _Frames(plan),
        batch_size=16 if indices is None else 1,
        sampler=indices,
        num_workers=workers,
        collate_fn=list,
        worker_init_fn=_init_worker,
    )
    for batch in loader:
        yield from batch


def estimate_size(plan: PackingPlan) -> int:
    """Bytes that the pictures will take, judged by some that are spread over the set."""
    total = len(plan.dataset.source)
    indices = np.unique(np.linspace(0, total - 1, min(total, _NUM_PROBES)).round().astype(int)).tolist()
    sizes = [frame['image'].nbytes for frame in read_frames(plan, 0, indices) if 'bad' not in frame]
    return int(np.mean(sizes) * total) if sizes else 0


def pack_frames(
    plan: PackingPlan,
    folder: str | os.PathLike,
    data_root: str = '',
    workers: int = 0,
    progress: Callable[[int], None] = lambda done: None,
) -> dict:
    """Writes the frames of a plan, all or nothing.

    Everything goes into ``FOLDER.unfinished``, which is renamed at the very end. What a killed run has left there is
    removed by the next.

    Args:
        plan: From :func:`plan_packing`.
        folder: Must not exist.
        data_root: Of the whole configuration, see :func:`~.source_record.record_source`.
        workers: Processes that read frames.
        progress: Is told how many frames are written.

    Returns:
        dict: The content of ``index.json``.

    Raises:
        FileExistsError: If ``folder`` exists, or another run is about to write it.
        BadDataError: If a frame cannot be read, and ``bad_data`` of the source is 'refuse'.
        ValueError: If no frame can be read, or they have no common form.
        OSError: If the disk is full.
    """
    folder = Path(folder)
    if folder.exists():
        raise FileExistsError(f'{folder} exists already: remove it, or give another name')
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _unfinished(folder) as unfinished:
        table, bad = _write_pictures(plan, unfinished / PICTURES, workers, progress)
        np.savez(unfinished / FRAMES, **table.arrays())
        index = dict(
            version=VERSION,
            sizes={name: (unfinished / name).stat().st_size for name in (PICTURES, FRAMES)},
            frames=len(plan.dataset.source),
            videos=len(table.video_names),
            done=plain_transforms(plan.done),
            tuples=table.tuples,
            bad=bad,
            bad_data=plan.dataset.bad_data.policy,
            opencv=cv2.__version__,
            source=record_source(plan.source, plan.dataset.source.frames, data_root),
        )
        (unfinished / INDEX).write_text(json.dumps(index, indent=1))
        unfinished.rename(folder)
    return index


@contextlib.contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """An empty folder beside ``folder`` for this process alone; removed if it is still there in the end."""
    unfinished = folder.with_name(f'{folder.name}.unfinished')
    with open(folder.with_name(f'{folder.name}.lock'), 'w') as lock:
        try:
            # Unlike a file that merely exists, this ends with the process, however that ends.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FileExistsError(f'another run is about to write {folder}: wait for it') from None
        try:
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            yield unfinished
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
            os.unlink(lock.name)


class _Table:
    """What is kept of the frames besides their pictures, one row each."""

    def __init__(self, source) -> None:
        videos = source.videos()
        self._total, self._columns, self._paths, self.tuples = len(source), {}, [b''] * len(source), []
        self._columns['video'] = np.zeros(self._total, np.int32)
        for number, video in enumerate(videos):
            self._columns['video'][video] = number
        # The name of a video none of whose frames can be read matters to nobody.
        self.video_names = [b''] * len(videos)
        self._rows = []

    def add(self, row: int, offset: int, frame: dict) -> None:
        """A sound frame."""
        values = dict(offset=np.int64(offset), shape=np.array(frame['image'].shape, np.int32))
        values['frame_id'] = np.int64(frame['frame_id'])
        if frame['box'] is not None:
            values['box'] = np.asarray(frame['box'], np.float32).reshape(4)
        values |= {ADDED + key: np.asarray(value) for key, value in frame['added'].items()}
        if not self._rows:
            self.tuples = [key for key, value in frame['added'].items() if isinstance(value, tuple)]
            self._columns |= {key: np.zeros((self._total, *value.shape), value.dtype) for key, value in values.items()}
        elif values.keys() != self._columns.keys() - {'video'}:
            differing = ', '.join(sorted(values.keys() ^ (self._columns.keys() - {'video'})))
            raise ValueError(f'frame {row} has not the same entries as the first one: {differing}')
        for key, value in values.items():
            column = self._columns[key]
            if value.dtype != column.dtype or value.shape != column.shape[1:]:
                raise ValueError(
                    f'frame {row} has {key.removeprefix(ADDED)} of another kind or size than the first one: '
                    f'{value.dtype} {value.shape}, not {column.dtype} {column.shape[1:]}'
                )
            column[row] = value
        self._paths[row] = os.fsencode(frame['img_path'])
        self.video_names[self._columns['video'][row]] = os.fsencode(str(frame['video_id']))
        self._rows.append(row)

    def arrays(self) -> dict[str, np.ndarray]:
        """Of all frames; what is added alike to all is there once."""
        arrays = dict(self._columns, img_path=np.array(self._paths), video_names=np.array(self.video_names))
        for key in [key for key in arrays if key.startswith(ADDED)]:
            first = arrays[key][self._rows[:1]]
            if (arrays[key][self._rows] == first).all():
                arrays[key] = first
        return arrays


def _write_pictures(
    plan: PackingPlan, path: Path, workers: int, progress: Callable[[int], None]
) -> tuple[_Table, dict[int, dict]]:
    """Writes the pictures; returns everything else, and what is wrong with bad frames, by number."""
    table, bad, offset, policy = _Table(plan.dataset.source), {}, 0, plan.dataset.bad_data
    with open(path, 'wb') as file:
        for number, frame in enumerate(read_frames(plan, workers)):
            if 'bad' in frame:
                bad[number] = frame['bad']
                if policy.policy == 'refuse':
                    raise policy.refusal(error_of(frame['bad']))
            else:
                image = frame['image']
                if image.dtype != np.uint8 or image.ndim != 3:
                    raise ValueError(f'frame {number} is {image.dtype} of shape {image.shape}, no picture of bytes')
                table.add(number, offset, frame)
                file.write(np.ascontiguousarray(image).data)
                offset += image.nbytes
            progress(number + 1)
        file.flush()
        os.fsync(file.fileno())
    if len(bad) == len(plan.dataset.source):
        raise ValueError(f'no frame of {policy.where} can be read, the first because {bad[0]["message"]}')
    return table, bad
