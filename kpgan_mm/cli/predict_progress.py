"""Progress of a prediction: frames, and the time left where their number is known."""

from collections.abc import Callable
from pathlib import Path

import cv2
from torch import nn

from kpgan_mm.apis import init_keypoint_model
from kpgan_mm.datasets.image_files import IMAGE_SUFFIXES
from kpgan_mm.datasets.video_files import VIDEO_SUFFIXES

from .progress import Bar


def count_frames(source: str) -> int | None:
    """Frames of a file or folder, as videos say it of themselves; None if one of them does not, or for a camera."""
    path = Path(source)
    files = [file for file in path.rglob('*') if file.is_file()] if path.is_dir() else [path]
    total = 0
    for file in files:
        suffix = file.suffix.lower()
        if suffix in VIDEO_SUFFIXES:
            capture = cv2.VideoCapture(str(file))
            frames = capture.get(cv2.CAP_PROP_FRAME_COUNT) if capture.isOpened() else 0
            capture.release()
            if not 1 <= frames < 10**8:
                return None
            total += int(frames)
        total += suffix in IMAGE_SUFFIXES
    return total or None


def init_showing_progress(source: str, max_frames: int | None) -> tuple[Callable[..., nn.Module], Bar]:
    """`init_keypoint_model` whose models say how many frames they have predicted, and the bar that shows it."""
    known = [number for number in (count_frames(source), max_frames) if number]
    bar = Bar('predict', min(known, default=None), 'frames')
    done = 0

    def initialise(*arguments, **options) -> nn.Module:
        model = init_keypoint_model(*arguments, **options)

        def count(module: nn.Module, inputs, samples) -> None:
            nonlocal done
            done += len(samples)
            bar.show(done)

        model.register_forward_hook(count)
        return model

    return initialise, bar
