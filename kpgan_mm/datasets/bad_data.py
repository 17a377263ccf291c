"""What happens to data that cannot be used: refused with one sentence, or left out and counted, as the config says.

``bad_data='refuse'`` (the default) raises before training for what can be known cheaply (missing and empty files,
empty videos, labels of another skeleton), and at the frame for what only reading tells. ``bad_data='skip'`` leaves the
former out, and draws another sample where the latter is met. ``tools/misc/check_dataset.py`` finds both beforehand.
"""

import contextlib
import contextvars
import hashlib
import logging
import os
from collections.abc import Callable, Iterator

import numpy as np
import torch
from mmengine.logging import print_log

POLICIES = ('refuse', 'skip')
HINT = "`python tools/misc/check_dataset.py CONFIG` lists all such files, and bad_data='skip' goes on without them"

# Labels farther outside the picture than this share of its side belong to another picture, crop or unit. Nearer ones
# occur in sound data: annotators place the hidden end of a limb beyond the border.
OUTSIDE_MARGIN = 0.25

# Files whose damage is logged by name; more are not.
_MAX_LOGGED = 1024
_NAMED_AT_ONCE = 5

_collector: contextvars.ContextVar[Callable | None] = contextvars.ContextVar('collector', default=None)


class BadDataError(ValueError):
    """Data that cannot be used.

    Args:
        message: One sentence that names the file.
        kind: Key of :data:`~.checks.kinds.KINDS`.
        file: Path of the file at fault.
        line: Place in it: a line, an annotation, a frame.
    """

    def __init__(self, message: str, kind: str = 'unreadable', file: str = '', line: str = '') -> None:
        super().__init__(message)
        self.kind, self.file, self.line = kind, str(file), line


class MissingFileError(BadDataError, FileNotFoundError):
    """A file that the data name is not there."""


class BadData:
    """The policy of one source or data set, and what it left out.

    Args:
        policy: 'refuse' or 'skip'.
        where: For messages: what the data are.

    Attributes:
        left_out: The :class:`BadDataError` of everything that was left out at construction.

    Raises:
        ValueError: If the policy is another.
    """

    def __init__(self, policy: str, where: str) -> None:
        if policy not in POLICIES:
            raise ValueError(f"bad_data is 'refuse' or 'skip', got {policy!r}")
        self.policy, self.where = policy, str(where)
        self.left_out: list[BadDataError] = []
        # Shared by the workers of a loader, so that each file is logged once, not once per worker.
        self._logged = torch.zeros(_MAX_LOGGED, dtype=torch.int64).share_memory_() if policy == 'skip' else None

    @contextlib.contextmanager
    def leaving_out(self, file: str | os.PathLike = '', kind: str = 'unreadable') -> Iterator[None]:
        """Runs a block that handles one file or entry; if that is bad, the block is left, or the data are refused.

        Args:
            file: If given, also a plain ``ValueError`` or ``FileNotFoundError`` of the block counts as bad data of it.
            kind: What such an error is.

        Raises:
            BadDataError: If the policy is 'refuse'.
        """
        try:
            yield
        except BadDataError as error:
            self.found(error)
        except (ValueError, FileNotFoundError) as error:
            if not file:
                raise
            self.found(BadDataError(str(error), kind, str(file)))

    def found(self, error: BadDataError) -> None:
        """Something bad was met at construction.

        Raises:
            BadDataError: If the policy is 'refuse', unless a check of the data collects everything.
        """
        collect = _collector.get()
        if collect is None and self.policy == 'refuse':
            raise self.refusal(error) from error
        self.left_out.append(error)
        if collect is not None:
            collect(error)

    def summarize(self, total: int, unit: str) -> None:
        """Logs how much was left out so far of ``total`` items, called ``unit``."""
        if self.left_out and not collecting():
            named = '; '.join(str(error) for error in self.left_out[:_NAMED_AT_ONCE])
            more = ', and more' if len(self.left_out) > _NAMED_AT_ONCE else ''
            warn(f'{self.where}: left out {len(self.left_out)} of {total} {unit}: {named}{more}')

    def met(self, error: BadDataError) -> None:
        """Something bad was met while a sample was read: once per file it is logged, and the caller draws another.

        Raises:
            BadDataError: If the policy is 'refuse'.
        """
        if self.policy == 'refuse':
            raise self.refusal(error) from error
        key = int.from_bytes(hashlib.blake2b((error.file or str(error)).encode(), digest_size=7).digest(), 'big') + 1
        used = int(torch.count_nonzero(self._logged))
        if used < _MAX_LOGGED and not bool((self._logged == key).any()):
            self._logged[used] = key
            warn(f'{error}; another sample is drawn instead')

    def refusal(self, error: BadDataError) -> BadDataError:
        """The error with what can be done about it."""
        kind = MissingFileError if isinstance(error, FileNotFoundError) else BadDataError
        return kind(f'{error}; {HINT}', error.kind, error.file, error.line)


@contextlib.contextmanager
def collect_bad_data(collect: Callable[[BadDataError], None]) -> Iterator[None]:
    """Within it, sources and data sets hand what is bad to ``collect`` and go on, whatever their policy."""
    token = _collector.set(collect)
    try:
        yield
    finally:
        _collector.reset(token)


def collecting() -> bool:
    """Whether a check of the data is under way."""
    return _collector.get() is not None


def warn(message: str) -> None:
    """Writes a warning to the log of the run."""
    print_log(message, logger='current', level=logging.WARNING)


def check_file(path: str | os.PathLike, what: str) -> None:
    """Looks whether a file is there and holds anything, without opening it.

    Raises:
        MissingFileError: If it does not exist.
        BadDataError: If it is empty.
    """
    try:
        size = os.stat(path).st_size
    except OSError:
        raise MissingFileError(f'{what} {path} does not exist', 'missing-file', path) from None
    if size == 0:
        raise BadDataError(f'{what} {path} is empty (0 bytes)', 'empty-file', path)


def check_keypoints(
    keypoints: np.ndarray,
    visible: np.ndarray,
    size: tuple[int, int],
    file: str,
    line: str = '',
    names: list[str] | None = None,
) -> None:
    """Looks whether labels can be those of a picture.

    Args:
        keypoints: (K, 2), (x, y) in pixels of the picture.
        visible: (K,), 0 where a keypoint is not labelled.
        size: (height, width) of the picture in pixels.
        file: The file that holds the labels.
        line: Place in it.
        names: (K,) names of the keypoints.

    Raises:
        BadDataError: If a labelled keypoint is not finite, or more than a quarter of the picture's side outside of it.
    """
    labelled = np.asarray(visible) > 0
    finite = np.isfinite(keypoints).all(axis=-1)
    distance = outside(keypoints, size)
    for kind, bad in (('label-not-finite', ~finite), ('label-outside', finite & (distance > OUTSIDE_MARGIN))):
        which = np.flatnonzero(labelled & bad)
        if len(which):
            first = int(which[0])
            name = names[first] if names and first < len(names) else first
            x, y = keypoints[first]
            place = f'{file}, {line}' if line else file
            what = f'outside its picture of {size[1]} x {size[0]} pixels' if kind == 'label-outside' else 'no number'
            more = f' ({len(which)} keypoints in all)' if len(which) > 1 else ''
            raise BadDataError(f'{place}: keypoint {name} at ({x:g}, {y:g}) is {what}{more}', kind, file, line)


def outside(keypoints: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """How far keypoints (..., 2) in pixels are outside a picture of (height, width), as a share of its sides."""
    sides = np.array([size[1], size[0]], dtype=np.float64)
    # Pixel i reaches from i - 0.5 to i + 0.5.
    beyond = np.maximum(-0.5 - keypoints, keypoints - (sides - 0.5)) / sides
    return np.maximum(beyond, 0).max(axis=-1)
