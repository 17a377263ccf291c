"""Keypoints smoothed over time while frames come in, with half a window of delay."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .own_frames import OwnFrame

# Degree of the polynomial: it keeps the height of a peak, which a mean would cut.
_DEGREE = 2


@dataclass(frozen=True)
class PredictedFrame:
    """A frame with its keypoints.

    Attributes:
        frame: The frame.
        box: (x1, y1, x2, y2) in pixels, where the figure was looked for.
        keypoints: ``(K, 2)`` in pixels.
        scores: ``(K,)`` in [0, 1].
        raw_keypoints: ``(K, 2)`` before smoothing.
        crop: Meta keys of the network's crop.
    """

    frame: OwnFrame
    box: Sequence[float]
    keypoints: np.ndarray
    scores: np.ndarray
    raw_keypoints: np.ndarray
    crop: dict


class Smoother:
    """Savitzky-Golay filter, :func:`scipy.signal.savgol_filter` of degree 2, as frames come in.

    Each stretch of frames that follow each other in one video is smoothed by itself, and the result is that of the
    filter on the whole stretch at once; never more than a window of frames is held. Stretches shorter than the window
    are smoothed with the longest window that fits, those of less than 5 frames left as they are. Scores do not change.

    Args:
        window: Frames, odd, at least 5.

    Raises:
        ValueError: For another window.
    """

    def __init__(self, window: int) -> None:
        if window < _DEGREE + 3 or window % 2 == 0:
            raise ValueError(f'a smoothing window must be an odd number of frames from {_DEGREE + 3} on, got {window}')
        self.window = window
        self._held: deque[PredictedFrame] = deque(maxlen=window)
        self._given = 0

    def add(self, item: PredictedFrame) -> Iterator[PredictedFrame]:
        """Takes a frame, and gives those that are done, in order."""
        last = self._held[-1].frame if self._held else None
        if last and (item.frame.video_id, item.frame.frame_id) != (last.video_id, last.frame_id + 1):
            yield from self.finish()
        if len(self._held) == self.window:
            self._given -= 1  # the oldest, long given, makes room
        self._held.append(item)
        if len(self._held) == self.window:
            # Of a full window all up to its middle is settled.
            yield from self._settled(self.window // 2 + 1)

    def finish(self) -> Iterator[PredictedFrame]:
        """Gives the rest of the stretch."""
        yield from self._settled(len(self._held))
        self._held.clear()
        self._given = 0

    def _settled(self, end: int) -> Iterator[PredictedFrame]:
        from scipy.signal import savgol_filter

        number = len(self._held)
        raw = np.array([item.raw_keypoints for item in self._held], np.float64)
        window = min(self.window, number - (number + 1) % 2)
        smooth = savgol_filter(raw, window, _DEGREE, axis=0) if window >= _DEGREE + 3 else raw
        for place in range(self._given, end):
            item = self._held[place]
            keypoints = smooth[place].astype(item.raw_keypoints.dtype)
            yield replace(item, keypoints=keypoints)
        self._given = end
