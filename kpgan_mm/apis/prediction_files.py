"""Own images or video in, keypoints as files out."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from mmpose.structures import PoseDataSample
from torch import nn

from kpgan_mm.evaluation.crops import CROP_KEYS
from kpgan_mm.utils.interrupts import deferred_interrupts

from .frame_boxes import Box, FrameBoxes
from .inference import predict_samples
from .own_frames import OwnFrame, open_frames
from .prediction_output import PredictionOutput, check_folder
from .prediction_record import source_name
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
        num_without_box: Frames that a table of boxes has none for; they are left out as well.
        ended_early: Whether Ctrl-C ended it.
    """

    out_dir: Path
    num_frames: int
    left_out: tuple[str, ...]
    num_without_box: int = 0
    ended_early: bool = False


def predict_files(
    model: nn.Module,
    source: str | Path,
    out_dir: str | Path,
    box: Box | None = None,
    boxes: str | Path | None = None,
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
    - ``overlay.mp4``: on all frames of a video or camera, or all images of a folder
    - ``per_video/``: of a folder with videos, table and overlay of each by itself, under its name
    - with ``smooth`` also what was predicted before it: ``predictions_raw.csv``, and ``keypoints_raw`` in the npz

    Memory does not grow with the number of frames. Ctrl-C ends it early: what was predicted until then is written.
    Files of an earlier prediction are replaced at the end, so a run that fails leaves them as they were. No other file
    of the folder is touched, and results of earlier predictions are not predicted themselves.

    Args:
        model (nn.Module): from :func:`init_keypoint_model`.
        source (str | Path): see :func:`~.own_frames.open_frames`; what cannot be read is left out.
        out_dir (str | Path): folder to write into; older predictions there are replaced.
        box (Sequence[float], optional): (x1, y1, x2, y2) in pixels, where the figure is in every image. Defaults to the
            whole image; it may not leave an image.
        boxes (str | Path, optional): table with a box for each frame, see :class:`~.frame_boxes.FrameBoxes`, instead of
            one for all; frames without one are left out.
        smooth (int, optional): window in frames of a filter over time, see :class:`~.smoothing.Smoother`. Defaults to
            none.
        kpt_thr (float): keypoints of a lower score are not drawn; all are written.
        max_frames (int, optional): stop after so many. Defaults to all.

    Returns:
        PredictionFiles: where they are, and how many frames.

    Raises:
        FileNotFoundError: if there is no such source or table.
        ValueError: if nothing of it can be read, the files cannot be written or would replace others, the box leaves an
            image, the table is not this source's, or an argument is none of those above.
    """
    if max_frames is not None and max_frames < 1:
        raise ValueError(f'max_frames must be at least 1, got {max_frames}')
    smoother = None if smooth is None else Smoother(smooth)
    out_dir, figures = Path(out_dir), FrameBoxes(box, boxes)
    frames = open_frames(source)
    figures.check_source(frames)
    check_folder(out_dir, frames)
    output, number, ended_early = None, 0, False
    try:
        try:
            with _keypoints_only(model):
                for batch in _batches(islice(figures(frames), max_frames)):
                    if output is None:
                        output = PredictionOutput(
                            out_dir, model.dataset_meta, frames, source_name(source), smoother is not None, kpt_thr
                        )
                    samples = predict_samples(model, [frame.image for frame, _ in batch], [box for _, box in batch])
                    with deferred_interrupts():  # in between, files would end at different frames
                        for (frame, corners), sample in zip(batch, samples, strict=True):
                            item = _predicted(frame, corners, sample)
                            for done in [item] if smoother is None else smoother.add(item):
                                output.write(done)
                        number += len(batch)
        except KeyboardInterrupt:
            if not number:
                raise
            ended_early = True
        left_out = tuple(str(error) for error in frames.bad_data.left_out)
        if output is None and figures.num_without:
            raise ValueError(f'{boxes} has a box for none of the {figures.num_without} frames of {source}')
        if output is None:
            raise ValueError(f'nothing of {source} can be read: {left_out[0] if left_out else "it gives no picture"}')
        with deferred_interrupts():
            for done in [] if smoother is None else smoother.finish():
                output.write(done)
            output.close()
    finally:
        if output is not None:
            output.discard()
    return PredictionFiles(out_dir, number, left_out, figures.num_without, ended_early)


@contextmanager
def _keypoints_only(model: nn.Module) -> Iterator[None]:
    """Leave out the reconstruction that some configurations ask for in tests."""
    test_cfg = model.test_cfg
    model.test_cfg = dict(test_cfg or {}, reconstruct=False)
    try:
        yield
    finally:
        model.test_cfg = test_cfg


def _batches(frames: Iterable[tuple[OwnFrame, Box]]) -> Iterator[list[tuple[OwnFrame, Box]]]:
    batch, size = [], 0
    for frame, box in frames:
        batch.append((frame, box))
        size += frame.image.nbytes
        if len(batch) == _BATCH_SIZE or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _predicted(frame: OwnFrame, box: Box, sample: PoseDataSample) -> PredictedFrame:
    predicted, meta = sample.pred_instances, sample.metainfo
    keypoints = np.asarray(predicted.keypoints)[0, :, :2]
    crop = {key: meta[key] for key in CROP_KEYS}
    return PredictedFrame(frame, box, keypoints, np.asarray(predicted.keypoint_scores)[0], keypoints, crop)
