"""Own images or video in, keypoints as files out."""

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

    Args:
        model (nn.Module): from :func:`init_keypoint_model`.
        source (str | Path): see :func:`~.own_frames.open_frames`; what cannot be read is left out.
        out_dir (str | Path): folder to write into; older predictions there are replaced.
        box (Sequence[float], optional): (x1, y1, x2, y2) in pixels, where the figure is in every image. Defaults to the
            whole image.
        smooth (int, optional): window in frames of a filter over time, see :class:`~.smoothing.Smoother`. Defaults to
            none.
        kpt_thr (float): keypoints of a lower score are not drawn; all are written.
        max_frames (int, optional): stop after so many. Defaults to all.

    Returns:
        PredictionFiles: where they are, and how many frames.

    Raises:
        FileNotFoundError: if there is no such source.
        ValueError: if nothing of it can be read, the files cannot be written, or an argument is none of those above.
    """
    if max_frames is not None and max_frames < 1:
        raise ValueError(f'max_frames must be at least 1, got {max_frames}')
    smoother = None if smooth is None else Smoother(smooth)
    frames, out_dir = open_frames(source), Path(out_dir)
    output, number = None, 0
    try:
        with _keypoints_only(model):
            for batch in _batches(islice(frames, max_frames)):
                if output is None:
                    output = _Output(out_dir, model.dataset_meta, frames, batch[0], smoother is not None, kpt_thr)
                samples = predict_samples(model, [frame.image for frame in batch], box)
                for frame, sample in zip(batch, samples, strict=True):
                    item = _predicted(frame, sample)
                    for done in [item] if smoother is None else smoother.add(item):
                        output.write(done)
                    number += 1
    except KeyboardInterrupt:
        if output is None:
            raise
    left_out = tuple(str(error) for error in frames.bad_data.left_out)
    if output is None:
        raise ValueError(f'nothing of {source} can be read: {left_out[0] if left_out else "it gives no picture"}')
    for done in [] if smoother is None else smoother.finish():
        output.write(done)
    output.close()
    return PredictionFiles(out_dir, number, left_out)


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
        first: OwnFrame,
        smoothed: bool,
        kpt_thr: float,
    ) -> None:
        try:
            out_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(f'{out_dir} cannot be made: {error}') from None
        points = (meta['num_keypoints'], 2)
        shapes = dict(keypoints=points, keypoints_normalized=points, scores=points[:1], image_sizes=(2,))
        if smoothed:
            shapes['keypoints_raw'] = points
        self._coco = CocoWriter(out_dir / 'predictions.json', meta)
        self._table = TableWriter(out_dir / 'predictions.csv', meta, numbered=frames.is_video)
        raw = out_dir / 'predictions_raw.csv'
        # Another run's must not lie beside these.
        raw.unlink(missing_ok=True)
        self._raw_table = TableWriter(raw, meta, numbered=frames.is_video) if smoothed else None
        self._arrays = ArraysWriter(out_dir / 'predictions.npz', shapes)
        self._drawn = [PicturesWriter(out_dir / 'pictures', out_dir / 'contact_sheet.jpg', meta)]
        if frames.is_video or frames.source.is_dir():
            self._drawn.append(OverlayWriter(out_dir / 'overlay.mp4', meta, frames.rate, first.image))
        self._kpt_thr = kpt_thr

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
        """Finishes all files."""
        for writer in (self._coco, self._table, self._raw_table, self._arrays, *self._drawn):
            if writer is not None:
                writer.close()
