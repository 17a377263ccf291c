"""All files of one prediction: filled frame by frame, and put in place together when all is written."""

import os
import shutil
import socket
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from kpgan_mm.datasets.video_files import VIDEO_SUFFIXES
from kpgan_mm.evaluation.crops import image_to_crop
from kpgan_mm.geometry import pixels_to_normalized

from .own_frames import UNFINISHED, CameraFrames, OwnFrames, rate_of
from .prediction_record import RECORD, source_of, written_files
from .prediction_writers import ArraysWriter, CocoWriter, OverlayWriter, PicturesWriter, TableWriter
from .smoothing import PredictedFrame

# Folder of what belongs to single videos of a folder.
_PER_VIDEO = 'per_video'
_NAMES = ('contact_sheet.jpg', 'overlay.mp4', 'pictures', _PER_VIDEO, RECORD, 'predictions.csv', 'predictions.npz')
_NAMES += ('predictions_raw.csv',)


def check_folder(out_dir: Path, frames: OwnFrames | CameraFrames) -> None:
    """Refuse a folder that has somebody else's files where ours go.

    Raises:
        ValueError: If it does, or a picture or video that is to be predicted is one of ours.
    """
    ours = {file.resolve() for file in written_files(out_dir)}
    for name in _NAMES:
        place = out_dir / name
        if place.exists() and source_of(out_dir) is None:
            raise ValueError(
                f'{out_dir} has {name} already, which no prediction wrote: give another folder for the results'
            )
    for file in frames.files:
        if file.resolve() in ours:
            raise ValueError(f'{file} was written by a prediction into {out_dir}: give another folder for the results')


class PredictionOutput:
    """The files of one source.

    Args:
        out_dir: Folder of the files.
        meta: Parsed metainfo of the keypoints.
        frames: The source.
        source: What to call it.
        smoothed: Whether there are keypoints from before the smoothing as well.
        kpt_thr: Keypoints of a lower score are not drawn.

    Raises:
        ValueError: If the folder cannot be written to.
    """

    def __init__(
        self, out_dir: Path, meta: dict, frames: OwnFrames | CameraFrames, source: str, smoothed: bool, kpt_thr: float
    ) -> None:
        self._out_dir, self._made = out_dir, not out_dir.is_dir()
        try:
            out_dir.mkdir(parents=True, exist_ok=True)
            # In it, so that its files can be renamed in one step each.
            self._unfinished = Path(tempfile.mkdtemp(prefix=_prefix(os.getpid()), dir=out_dir))
            _remove_abandoned(out_dir)
        except OSError as error:
            raise ValueError(f'{out_dir} cannot be made or written to: {error}') from None
        self._meta, self._frames, self._kpt_thr = meta, frames, kpt_thr
        try:
            self._open(self._unfinished, source, smoothed)
        except BaseException:
            self.discard()
            raise

    def _open(self, folder: Path, source: str, smoothed: bool) -> None:
        meta, is_folder = self._meta, self._frames.source.is_dir()
        points = (meta['num_keypoints'], 2)
        shapes = dict(keypoints=points, keypoints_normalized=points, scores=points[:1], image_sizes=(2,))
        if smoothed:
            shapes['keypoints_raw'] = points
        self._coco = CocoWriter(folder / RECORD, meta, source)
        self._tables = _Tables(folder / 'predictions', meta, numbered=self._frames.is_video, smoothed=smoothed)
        self._arrays = ArraysWriter(folder / 'predictions.npz', shapes)
        self._pictures = PicturesWriter(folder / 'pictures', folder / 'contact_sheet.jpg', meta)
        self._overlay, self._has_overlay = None, is_folder or self._frames.is_video
        self._videos = _Videos(folder / _PER_VIDEO, meta, self._frames, smoothed) if is_folder else None

    def write(self, item: PredictedFrame) -> None:
        """Adds a frame to all of them."""
        frame, keypoints, scores = item.frame, item.keypoints, item.scores
        width, height = item.crop['input_size']
        self._coco.add(frame, keypoints, scores, item.box)
        self._tables.add(item)
        self._arrays.add(
            keypoints=keypoints,
            keypoints_normalized=pixels_to_normalized(image_to_crop(keypoints, item.crop), size=(height, width)),
            keypoints_raw=item.raw_keypoints,
            scores=scores,
            image_sizes=frame.image.shape[:2],
        )
        shown = np.where((scores >= self._kpt_thr)[:, None], keypoints, np.nan)
        self._pictures.add(frame, shown)
        if self._videos is not None and frame.of_video:
            self._videos.add(item, shown)
        elif self._has_overlay:
            if self._overlay is None:
                path = self._unfinished / 'overlay.mp4'
                self._overlay = OverlayWriter(path, self._meta, self._frames.rate, frame.image)
            self._overlay.add(frame, shown)

    def close(self) -> None:
        """Finishes all files, and puts them in place of an earlier prediction's."""
        for writer in (self._tables, self._arrays, self._pictures, self._overlay, self._videos):
            if writer is not None:
                writer.close()
        others = sorted(file for file in self._unfinished.rglob('*') if file.is_file() and file.name != RECORD)
        names = [RECORD, *(file.relative_to(self._unfinished).as_posix() for file in others)]
        self._coco.close(names)
        try:
            for old in written_files(self._out_dir):
                old.unlink(missing_ok=True)
            for emptied in sorted((self._out_dir / _PER_VIDEO).rglob('**/'), reverse=True):
                if not any(emptied.iterdir()):
                    emptied.rmdir()
            for name in names:
                (self._out_dir / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(self._unfinished / name, self._out_dir / name)
        except OSError as error:
            raise ValueError(f'{self._out_dir} cannot be written to: {error}') from None

    def discard(self) -> None:
        """Removes what is unfinished, and the folder if it was made for nothing."""
        shutil.rmtree(self._unfinished, ignore_errors=True)
        if self._made and not any(self._out_dir.iterdir()):
            self._out_dir.rmdir()


def _prefix(process: int) -> str:
    """How the folder of a process's unfinished files begins."""
    return f'{UNFINISHED}{socket.gethostname()}-{process}-'


def _remove_abandoned(out_dir: Path) -> None:
    """Remove what processes of this machine that are no longer there have left unfinished."""
    start = _prefix(0).removesuffix('0-')
    for folder in out_dir.glob(f'{start}*-*'):
        process = folder.name.removeprefix(start).split('-')[0]
        if process.isdecimal() and not _runs(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    """Whether there is a process of this number; taken for granted where that cannot be asked."""
    if os.name != 'posix':
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass  # somebody else's
    return True


class _Tables:
    """A table, and where it was smoothed another of what was predicted."""

    def __init__(self, stem: Path, meta: dict, numbered: bool, smoothed: bool) -> None:
        self._table = TableWriter(stem.with_name(f'{stem.name}.csv'), meta, numbered)
        self._raw = TableWriter(stem.with_name(f'{stem.name}_raw.csv'), meta, numbered) if smoothed else None

    def add(self, item: PredictedFrame) -> None:
        self._table.add(item.frame, item.keypoints, item.scores)
        if self._raw is not None:
            self._raw.add(item.frame, item.raw_keypoints, item.scores)

    def close(self) -> None:
        for table in (self._table, self._raw):
            if table is not None:
                table.close()


class _Videos:
    """Tables and overlay of every video of a folder, one after the other."""

    def __init__(self, folder: Path, meta: dict, frames: OwnFrames, smoothed: bool) -> None:
        self._folder, self._meta, self._source, self._smoothed = folder, meta, frames.source, smoothed
        videos = [file for file in frames.files if file.suffix.lower() in VIDEO_SUFFIXES]
        self._stems = unique_stems([video.relative_to(frames.source) for video in videos])
        self._current, self._tables, self._overlay = None, None, None

    def add(self, item: PredictedFrame, shown: np.ndarray) -> None:
        """Adds a frame with the keypoints ``(K, 2)`` in pixels that are drawn."""
        video = item.frame.video_id
        if video != self._current:
            self.close()
            stem = self._folder / self._stems[Path(video)]
            stem.parent.mkdir(parents=True, exist_ok=True)
            self._current, self._tables = video, _Tables(stem, self._meta, numbered=True, smoothed=self._smoothed)
            path = stem.with_name(f'{stem.name}.mp4')
            self._overlay = OverlayWriter(path, self._meta, rate_of(self._source / video), item.frame.image)
        self._tables.add(item)
        self._overlay.add(item.frame, shown)

    def close(self) -> None:
        """Finishes the video at hand."""
        if self._current is not None:
            self._tables.close()
            self._overlay.close()


def unique_stems(files: list[Path]) -> dict[Path, Path]:
    """Each file without its suffix, or as it is where its files would have the names of another's."""
    stems = Counter(file.with_suffix('') for file in files)
    raw = {stem.with_name(f'{stem.name}_raw') for stem in stems}
    return {file: file if stems[stem] > 1 or stem in raw else stem for file in files for stem in [file.with_suffix('')]}
