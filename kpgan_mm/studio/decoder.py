"""Pictures and frames from files of unknown origin, decoded in a process of its own."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from .errors import StudioError

_SCRIPT = Path(__file__).with_name('decoder_process.py')


class Decoder:
    """Client of `decoder_process.py`, which is started when it is needed, and again after it had to be ended.

    Args:
        seconds: How long one file or frame may take.
    """

    def __init__(self, seconds: float = 30.0) -> None:
        self.seconds = seconds
        self._process = None
        self._lock = threading.Lock()

    def image(self, path: Path) -> np.ndarray:
        """A picture ``(H, W, 3)`` uint8 BGR.

        Raises:
            StudioError: If it cannot be decoded, or not within the limits; so do the other methods.
        """
        return self._pixels(path, do='image')

    def video(self, path: Path) -> dict:
        """``width``, ``height``, ``frames`` and ``rate`` (frames a second) of a video."""
        return self._ask(path, do='video')[0]

    def frame(self, path: Path, number: int) -> np.ndarray:
        """Frame ``(H, W, 3)`` uint8 BGR of a video."""
        return self._pixels(path, do='frame', number=number)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _pixels(self, path: Path, **request) -> np.ndarray:
        header, content = self._ask(path, **request)
        return np.frombuffer(content, np.uint8).reshape(header['shape'])

    def _ask(self, path: Path, **request) -> tuple[dict, bytes]:
        line = json.dumps({'path': str(path), **request}).encode() + b'\n'
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._end()
                self._process = subprocess.Popen(
                    [sys.executable, '-I', str(_SCRIPT)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            process = self._process
            alarm = threading.Timer(self.seconds, process.kill)
            alarm.start()
            try:
                process.stdin.write(line)
                process.stdin.flush()
                header = json.loads(process.stdout.readline())
                content = process.stdout.read(header['bytes'])
                if len(content) != header['bytes']:
                    raise EOFError
            except (OSError, EOFError, ValueError):
                self._end()
                raise StudioError(
                    f'{path.name} was not opened: decoding it failed or took longer than {self.seconds:g} s', 422
                ) from None
            finally:
                alarm.cancel()
        if 'error' in header:
            raise StudioError(f'{path.name} was not opened: {header["error"]}', 422)
        del header['bytes']
        return header, content

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None
