"""The process that decodes pictures and videos of unknown origin: run as a script, see `decoder.py` for its client.

Requests are lines of JSON on stdin. An answer on stdout is a line of JSON, followed by as many bytes of BGR pixels as
its `bytes` says. Memory is limited, nothing can be written, and the client ends the process when it takes too long.
"""

import json
import os
import sys
import time

MAX_PIXELS = 50_000_000
_MAX_MEMORY = 6 * 2**30
# How long frames are counted for one request, in seconds, and how many are decoded after a jump back.
_MAX_COUNTING = 10.0
_BEHIND = 50

# Read by OpenCV when it is imported. Local files only, whatever a container refers to.
os.environ.update(
    OPENCV_IO_MAX_IMAGE_PIXELS=str(MAX_PIXELS),
    OPENCV_FFMPEG_CAPTURE_OPTIONS='protocol_whitelist;file',
    OPENCV_VIDEOIO_PRIORITY_LIST='FFMPEG',
    OPENCV_LOG_LEVEL='SILENT',
    OPENBLAS_NUM_THREADS='1',
)

import cv2  # noqa: E402  (after its settings)
import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

_PILLOW_FORMATS = ('JPEG', 'PNG', 'BMP', 'WEBP')
_captures = {}


class Refused(Exception):
    """The file is not decoded; the message says why."""


def _check_pixels(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise Refused('it has no pixels')
    if width * height > MAX_PIXELS:
        raise Refused(
            f'it is {width} x {height} pixels, more than the {MAX_PIXELS // 10**6} million that the studio decodes'
        )


def _image_header(path: str) -> tuple[int, int]:
    """(width, height) as the file's header has them, without decoding."""
    Image.MAX_IMAGE_PIXELS = None  # the limit is our own, and lower
    try:
        with Image.open(path, formats=_PILLOW_FORMATS) as image:
            width, height = image.size
    except Exception as error:
        raise Refused('it is damaged, or no picture') from error
    _check_pixels(width, height)
    return width, height


def image(path: str) -> np.ndarray:
    """A picture (H, W, 3), BGR."""
    _image_header(path)
    with open(path, 'rb') as file:
        pixels = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise Refused('it is damaged and cannot be decoded')
    return pixels


class _Video:
    """An open video whose frames are counted as reading it from the start counts them.

    OpenCV jumps to a time, not to a frame, and lands beside it where frames are not equally far apart. So the time of
    each frame is written down as frames are counted, and says after a jump where the reader is.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
        if not self.capture.isOpened():
            raise Refused('it is damaged, or of a codec that OpenCV does not know')
        self.jumped = False  # since it was opened
        self.next = 0  # what the reader reads next; None where a jump has ended at an unknown frame
        self.times = []  # of the frames counted so far
        self.numbers = {}  # of times; None where frames share one

    def read(self, number: int) -> np.ndarray | None:
        """A frame, or None where there is none."""
        end = time.monotonic() + _MAX_COUNTING
        for jumping in (True, False):
            if self._go_to(number, end, jumping) and self._grab():
                done, pixels = self.capture.retrieve()
                return pixels if done else None
            if not self.jumped:
                break
            # OpenCV also finds the end by time, so after a jump it may be found too early
            self._restart()
        return None

    def count(self) -> int:
        """Frames up to the end, or as many as can be counted in one request."""
        end = time.monotonic() + _MAX_COUNTING
        while time.monotonic() < end and self._go_to(len(self.times), end, True) and self._grab():
            pass
        return len(self.times)

    def _restart(self) -> None:
        self.capture.release()
        self.capture = cv2.VideoCapture(self.path, cv2.CAP_FFMPEG)
        self.next, self.jumped = 0, False

    def _grab(self) -> bool:
        if not self.capture.grab():
            self.next = None
            return False
        if self.next is not None:
            if self.next == len(self.times):
                moment = self.capture.get(cv2.CAP_PROP_POS_MSEC)
                self.numbers[moment] = None if moment in self.numbers else self.next
                self.times.append(moment)
            self.next += 1
        return True

    def _seek(self, number: int) -> None:
        self.next, self.jumped = None, True
        self.capture.set(cv2.CAP_PROP_POS_FRAMES, number)

    def _go_to(self, number: int, end: float, jumping: bool) -> bool:
        """Have the reader read this frame next, or one near it if that is not counted out by then; False at the end."""
        # ahead of what was counted, counting goes on from its end
        known = min(number, len(self.times))
        if jumping and (self.next is None or not known - _BEHIND <= self.next <= number):
            self._jump(known)
        while self.next is not None and self.next < number:
            if time.monotonic() > end:
                self._seek(number)
            elif not self._grab():
                return False
        return True

    def _jump(self, number: int) -> None:
        """To a frame that was counted, or some frames before it."""
        for behind in (_BEHIND, 6 * _BEHIND):
            if number <= behind:
                break
            self._seek(number - behind)
            if self._grab():
                found = self.numbers.get(self.capture.get(cv2.CAP_PROP_POS_MSEC))
                if found is not None and found < number:
                    self.next = found + 1
                    return
        self._restart()


def _capture(path: str) -> _Video:
    """An open video; the last one used is kept open."""
    status = os.stat(path)
    key = (path, status.st_mtime_ns, status.st_size)
    if key not in _captures:
        for old in _captures.values():
            old.capture.release()
        _captures.clear()
        opened = _Video(path)
        capture = opened.capture
        _check_pixels(int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
        _captures[key] = opened
    return _captures[key]


def video(path: str) -> dict:
    """Size, number of frames and rate of a video whose first frame can be decoded."""
    first = frame(path, 0)
    opened = _capture(path)
    frames = opened.capture.get(cv2.CAP_PROP_FRAME_COUNT)
    rate = opened.capture.get(cv2.CAP_PROP_FPS)
    return dict(
        width=first.shape[1],
        height=first.shape[0],
        # Recorders that write as they go, such as OBS and browsers, leave the length out.
        frames=int(frames) if 1 <= frames < 10**8 else opened.count(),
        rate=float(rate) if 0 < rate < 10**4 else 10.0,
    )


def frame(path: str, number: int) -> np.ndarray:
    """Frame (H, W, 3), BGR, of a video."""
    pixels = _capture(path).read(number)
    if pixels is None:
        raise Refused(f'its frame {number} cannot be decoded')
    return pixels


def answer(request: dict) -> tuple[dict, bytes]:
    """Answer a request: ``do`` is 'image', 'video' or 'frame', ``path`` the file, ``number`` the frame."""
    try:
        if request['do'] == 'video':
            return video(request['path']), b''
        pixels = image(request['path']) if request['do'] == 'image' else frame(request['path'], request['number'])
    except Refused as error:
        return {'error': str(error)}, b''
    except (MemoryError, OSError, cv2.error):
        return {'error': 'it cannot be decoded with the memory that the studio allows, or not be read'}, b''
    pixels = np.ascontiguousarray(pixels)
    return {'shape': pixels.shape}, pixels.tobytes()


def _limit() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Answer until stdin ends."""
    _limit()
    cv2.setNumThreads(1)
    for line in sys.stdin.buffer:
        header, payload = answer(json.loads(line))
        sys.stdout.buffer.write(json.dumps({**header, 'bytes': len(payload)}).encode() + b'\n' + payload)
        sys.stdout.buffer.flush()


if __name__ == '__main__':
    main()
