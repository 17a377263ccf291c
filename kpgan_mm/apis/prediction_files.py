"""Own images or video in, keypoints as files out."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from kpgan_mm.evaluation.crops import image_to_crop
from kpgan_mm.geometry import pixels_to_normalized

from .inference import predict_samples
from .own_frames import OwnFrame, OwnFrames
from .prediction_writers import ArraysWriter, CocoWriter, OverlayWriter, PicturesWriter, TableWriter

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
    model: nn.Module, source: str | Path, out_dir: str | Path, box: Sequence[float] | None = None
) -> PredictionFiles:
    """Predict the keypoints of an image, a folder or a video, and write them in every form that is of use.

    - ``predictions.json``: COCO, with the names of the keypoints and the skeleton in its category
    - ``predictions.csv``: DeepLabCut's layout
    - ``predictions.npz``: ``keypoints`` (N, K, 2) in pixels of the images, ``image_sizes`` (N, 2) as (height, width),
      ``scores`` (N, K), and ``keypoints_normalized`` (N, K, 2) in [-1, 1] of the network's input, for
      ``kpgan_mm.NpzPosePrior`` with this key
    - ``pictures/``, ``contact_sheet.jpg``: keypoints and skeleton drawn on at most 100 frames, evenly spread
    - ``overlay.mp4``: on all frames of a video or folder

    Memory does not grow with the number of frames.

    Args:
        model (nn.Module): from :func:`init_keypoint_model`.
        source (str | Path): see :class:`~.own_frames.OwnFrames`; what cannot be read is left out.
        out_dir (str | Path): folder to write into; older predictions there are replaced.
        box (Sequence[float], optional): (x1, y1, x2, y2) in pixels, where the figure is in every image. Defaults to the
            whole image.

    Returns:
        PredictionFiles: where they are, and how many frames.

    Raises:
        FileNotFoundError: if there is no such source.
        ValueError: if nothing of it can be read, or the files cannot be written.
    """
    frames, out_dir, meta, number = OwnFrames(source), Path(out_dir), model.dataset_meta, 0
    with _keypoints_only(model):
        for batch in _batches(frames):
            if number == 0:
                writers = _open(out_dir, meta, frames, batch[0])
            samples = predict_samples(model, [frame.image for frame in batch], box)
            for frame, sample in zip(batch, samples, strict=True):
                _write(writers, frame, sample)
            number += len(batch)
    left_out = tuple(str(error) for error in frames.bad_data.left_out)
    if number == 0:
        raise ValueError(f'nothing of {source} can be read: {left_out[0]}')
    for writer in writers.values():
        writer.close()
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


def _open(out_dir: Path, meta: dict, frames: OwnFrames, first: OwnFrame) -> dict:
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f'{out_dir} cannot be made: {error}') from None
    points = (meta['num_keypoints'], 2)
    shapes = dict(keypoints=points, keypoints_normalized=points, scores=points[:1], image_sizes=(2,))
    writers = dict(
        coco=CocoWriter(out_dir / 'predictions.json', meta),
        table=TableWriter(out_dir / 'predictions.csv', meta, numbered=frames.is_video),
        arrays=ArraysWriter(out_dir / 'predictions.npz', shapes),
        pictures=PicturesWriter(out_dir / 'pictures', out_dir / 'contact_sheet.jpg', meta),
    )
    if frames.is_video or frames.source.is_dir():
        writers['overlay'] = OverlayWriter(out_dir / 'overlay.mp4', meta, frames.rate, first.image)
    return writers


def _write(writers: dict, frame: OwnFrame, sample) -> None:
    keypoints = np.asarray(sample.pred_instances.keypoints)[0, :, :2]
    scores = np.asarray(sample.pred_instances.keypoint_scores)[0]
    width, height = sample.metainfo['input_size']
    writers['coco'].add(frame, keypoints, scores)
    writers['table'].add(frame, keypoints, scores)
    writers['arrays'].add(
        keypoints=keypoints,
        keypoints_normalized=pixels_to_normalized(image_to_crop(keypoints, sample.metainfo), size=(height, width)),
        scores=scores,
        image_sizes=frame.image.shape[:2],
    )
    for name in ('overlay', 'pictures'):
        if name in writers:
            writers[name].add(frame, keypoints)
