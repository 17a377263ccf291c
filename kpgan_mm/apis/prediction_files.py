"""Own images or video in, keypoints as files out."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from mmpose.structures import PoseDataSample
from torch import nn

from kpgan_mm.evaluation.crops import CROP_KEYS, image_to_crop
from kpgan_mm.geometry import pixels_to_normalized

from .inference import predict_samples
from .own_frames import CameraFrames, OwnFrame, OwnFrames, open_frames
from .prediction_writers import ArraysWriter, CocoWriter, OverlayWriter, PicturesWriter, TableWriter
from .smoothing import PredictedFrame, Smoother

# Frames that are in memory together: so many, or fewer of large pictures.
_BATCH_SIZE, _BATCH_BYTES = 32, 2**28
# Files that some predictions have; another's must not lie beside those that have none.
_NOT_ALWAYS = ('predictions_raw.csv', 'overlay.mp4')


@dataclass(frozen=True)
class PredictionFiles:
    """What :func:`predict_files` wrote.

    Attributes:
        out_dir: Folder of the files.
        num_frames: Frames predicted.
        left_out: Messages about what could not be read.
    """

    out_dir: Path
    num_frames: int
    left_out: tuple[str, ...]


def predict_files(
    model: nn.Module,
    source: str | Path,
    out_dir: str | Path,
    box: Sequence[float] | None = None,
    smooth: int | None = None,
    kpt_thr: float = 0.0,
    max_frames: int | None = None,
) -> PredictionFiles:
    """Predict the keypoints of an image, a folder, a video or a camera, and write them in every form that is of use.

    - ``predictions.json``: COCO, with the names of the keypoints and the skeleton in its category, and their
      ``keypoint_scores`` in each annotation
    - ``predictions.csv``: DeepLabCut's layout
    - ``predictions.npz``: ``keypoints`` (N, K, 2) in pixels of the images, ``image_sizes`` (N, 2) as (height, width),
      ``scores`` (N, K), and ``keypoints_normalized`` (N, K, 2) in [-1, 1] of the network's input, for
      ``kpgan_mm.NpzPosePrior`` with this key
    - ``pictures/``, ``contact_sheet.jpg``: keypoints and skeleton drawn on at most 100 frames, evenly spread
    - ``overlay.mp4``: on all frames of a video, folder or camera
    - with ``smooth`` also what was predicted before it: ``predictions_raw.csv``, and ``keypoints_raw`` in the npz

    Memory does not grow with the number of frames. Ctrl-C ends it early: what was predicted until then is written.
    Files of an earlier prediction are replaced at the end, so a run that fails leaves them as they were.

    Args:
        model (nn.Module): from :func:`init_keypoint_model`.
        source (str | Path): see :func:`~.own_frames.open_frames`; what cannot be read is left out.
        out_dir (str | Path): folder to write into; older predictions there are replaced.
        box (Sequence[float], optional): (x1, y1, x2, y2) in pixels, where the figure is in every image. Defaults to the
            whole image; it may not leave an image.
        smooth (int, optional): window in frames of a filter over time, see :class:`~.smoothing.Smoother`. Defaults to
            none.
        kpt_thr (float): keypoints of a lower score are not drawn; all are written.
        max_frames (int, optional): stop after so many. Defaults to all.

    Returns:
        PredictionFiles: where they are, and how many frames.

    Raises:
        FileNotFoundError: if there is no such source.
        ValueError: if nothing of it can be read, the files cannot be written, the box leaves an image, or an argument
            is none of those above.
    """
    if max_frames is not None and max_frames < 1:
        raise ValueError(f'max_frames must be at least 1, got {max_frames}')
    smoother = None if smooth is None else Smoother(smooth)
    frames, out_dir = open_frames(source), Path(out_dir)
    output, number = None, 0
    try:
        try:
            with _keypoints_only(model):
                for batch in _batches(islice(frames, max_frames)):
                    for frame in batch:
                        _check_box(box, frame)
                    if output is None:
                        output = _Output(
                            out_dir,
                            model.dataset_meta,
                            frames,
                            source_name(source),
                            batch[0],
                            smoother is not None,
                            kpt_thr,
                        )
                    samples = predict_samples(model, [frame.image for frame in batch], box)
                    for frame, sample in zip(batch, samples, strict=True):
                        item = _predicted(frame, sample)
                        for done in [item] if smoother is None else smoother.add(item):
                            output.write(done)
                        number += 1
        except KeyboardInterrupt:
            if not number:
                raise
        left_out = tuple(str(error) for error in frames.bad_data.left_out)
        if output is None:
            raise ValueError(f'nothing of {source} can be read: {left_out[0] if left_out else "it gives no picture"}')
        for done in [] if smoother is None else smoother.finish():
            output.write(done)
        output.close()
    finally:
        if output is not None:
            output.discard()
    return PredictionFiles(out_dir, number, left_out)


def source_of(out_dir: str | Path) -> str | None:
    """What was predicted into a folder, as :func:`source_name` calls it; None if the folder does not say."""
    try:
        content = json.loads(Path(out_dir, 'predictions.json').read_text())
        return content['info']['source'] or None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def source_name(source: str | Path) -> str:
    """What to call a source in its results: the whole path of a file or folder, or the camera."""
    return str(Path(source).resolve()) if Path(source).exists() else str(source)


def _check_box(box: Sequence[float] | None, frame: OwnFrame) -> None:
    height, width = frame.image.shape[:2]
    if box is not None and (box[0] < 0 or box[1] < 0 or box[2] > width or box[3] > height):
        corners = ', '.join(f'{value:g}' for value in box)
        raise ValueError(
            f'the box ({corners}) (x1, y1, x2, y2) leaves the picture {frame.name} of {width} x {height} pixels: give '
            'one inside it with --box, or predict pictures of the size that the crop was chosen for'
        )


@contextmanager
def _keypoints_only(model: nn.Module) -> Iterator[None]:
    """Leave out the reconstruction that some configurations ask for in tests."""
    test_cfg = model.test_cfg
    model.test_cfg = dict(test_cfg or {}, reconstruct=False)
    try:
        yield
    finally:
        model.test_cfg = test_cfg


def _batches(frames: Iterable[OwnFrame]) -> Iterator[list[OwnFrame]]:
    batch, size = [], 0
    for frame in frames:
        batch.append(frame)
        size += frame.image.nbytes
        if len(batch) == _BATCH_SIZE or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _predicted(frame: OwnFrame, sample: PoseDataSample) -> PredictedFrame:
    predicted, meta = sample.pred_instances, sample.metainfo
    keypoints = np.asarray(predicted.keypoints)[0, :, :2]
    crop = {key: meta[key] for key in CROP_KEYS}
    return PredictedFrame(frame, keypoints, np.asarray(predicted.keypoint_scores)[0], keypoints, crop)


class _Output:
    """All files of one source, opened when its first frame is known."""

    def __init__(
        self,
        out_dir: Path,
        meta: dict,
        frames: OwnFrames | CameraFrames,
        source: str,
        first: OwnFrame,
        smoothed: bool,
        kpt_thr: float,
    ) -> None:
        self._out_dir, self._made = out_dir, not out_dir.is_dir()
        try:
            out_dir.mkdir(parents=True, exist_ok=True)
            # In it, so that its files can be renamed in one step each.
            self._unfinished = Path(tempfile.mkdtemp(prefix='.unfinished-', dir=out_dir))
        except OSError as error:
            raise ValueError(f'{out_dir} cannot be made or written to: {error}') from None
        try:
            self._open(self._unfinished, meta, frames, source, first, smoothed)
        except BaseException:
            self.discard()
            raise
        self._kpt_thr = kpt_thr

    def _open(
        self, folder: Path, meta: dict, frames: OwnFrames | CameraFrames, source: str, first: OwnFrame, smoothed: bool
    ) -> None:
        points = (meta['num_keypoints'], 2)
        shapes = dict(keypoints=points, keypoints_normalized=points, scores=points[:1], image_sizes=(2,))
        if smoothed:
            shapes['keypoints_raw'] = points
        self._coco = CocoWriter(folder / 'predictions.json', meta, source)
        self._table = TableWriter(folder / 'predictions.csv', meta, numbered=frames.is_video)
        raw = folder / 'predictions_raw.csv'
        self._raw_table = TableWriter(raw, meta, numbered=frames.is_video) if smoothed else None
        self._arrays = ArraysWriter(folder / 'predictions.npz', shapes)
        self._drawn = [PicturesWriter(folder / 'pictures', folder / 'contact_sheet.jpg', meta)]
        if frames.is_video or frames.source.is_dir():
            self._drawn.append(OverlayWriter(folder / 'overlay.mp4', meta, frames.rate, first.image))

    def write(self, item: PredictedFrame) -> None:
        """Adds a frame to all of them."""
        frame, keypoints, scores = item.frame, item.keypoints, item.scores
        width, height = item.crop['input_size']
        self._coco.add(frame, keypoints, scores)
        self._table.add(frame, keypoints, scores)
        if self._raw_table is not None:
            self._raw_table.add(frame, item.raw_keypoints, scores)
        self._arrays.add(
            keypoints=keypoints,
            keypoints_normalized=pixels_to_normalized(image_to_crop(keypoints, item.crop), size=(height, width)),
            keypoints_raw=item.raw_keypoints,
            scores=scores,
            image_sizes=frame.image.shape[:2],
        )
        shown = np.where((scores >= self._kpt_thr)[:, None], keypoints, np.nan)
        for writer in self._drawn:
            writer.add(frame, shown)

    def close(self) -> None:
        """Finishes all files, and puts them in place of an earlier prediction's."""
        for writer in (self._coco, self._table, self._raw_table, self._arrays, *self._drawn):
            if writer is not None:
                writer.close()
        try:
            pictures = self._out_dir / 'pictures'
            pictures.mkdir(exist_ok=True)
            for old in (*pictures.glob('[0-9]*_*.jpg'), *(self._out_dir / name for name in _NOT_ALWAYS)):
                old.unlink(missing_ok=True)
            for file in self._unfinished.rglob('*'):
                if file.is_file():
                    os.replace(file, self._out_dir / file.relative_to(self._unfinished))
        except OSError as error:
            raise ValueError(f'{self._out_dir} cannot be written to: {error}') from None

    def discard(self) -> None:
        """Removes what is unfinished, and the folder if it was made for nothing."""
        shutil.rmtree(self._unfinished, ignore_errors=True)
        if self._made and not any(self._out_dir.iterdir()):
            self._out_dir.rmdir()
