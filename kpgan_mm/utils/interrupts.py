"""Ctrl-C at a moment that leaves nothing half done."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def deferred_interrupts() -> Iterator[None]:
    """Let a block finish, and raise a ``KeyboardInterrupt`` that came meanwhile behind it.

    Python takes signals in the main thread only; in others, and where somebody else handles Ctrl-C, nothing changes.
    """
    usual = threading.current_thread() is threading.main_thread()
    usual = usual and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual:
        yield
        return
    came = []
    signal.signal(signal.SIGINT, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if came:
        raise KeyboardInterrupt
