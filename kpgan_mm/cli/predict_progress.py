"""Progress of a prediction: frames, and the time left where their number is known."""

from collections.abc import Callable

from torch import nn

from kpgan_mm.apis import init_keypoint_model
from kpgan_mm.apis.own_frames import OwnFrames
from kpgan_mm.datasets.video_files import VIDEO_SUFFIXES, promised_frames

from .progress import Bar


def count_frames(source: str) -> int | None:
    """Frames of a file or folder, as videos say it of themselves; None if one of them does not, or for a camera."""
    try:
        files = OwnFrames(source).files
    except (FileNotFoundError, ValueError):
        return None
    counts = [promised_frames(file) if file.suffix.lower() in VIDEO_SUFFIXES else 1 for file in files]
    return None if None in counts else sum(counts)


def init_showing_progress(
    source: str, max_frames: int | None, boxed: bool = False
) -> tuple[Callable[..., nn.Module], Bar]:
    """`init_keypoint_model` whose models say how many frames they have predicted, and the bar that shows it.

    Args:
        source: What is predicted.
        max_frames: After how many it stops.
        boxed: Whether there is a table of boxes, so that nobody knows how many frames have one.
    """
    known = [number for number in (None if boxed else count_frames(source), max_frames) if number]
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
