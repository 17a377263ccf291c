"""kpgan_mm.utils.interrupts."""

import signal
import threading

import pytest

from kpgan_mm.utils.interrupts import deferred_interrupts


def test_a_block_is_finished_first():
    done = []
    with pytest.raises(KeyboardInterrupt), deferred_interrupts():
        signal.raise_signal(signal.SIGINT)
        done.append('all')
    assert done == ['all'] and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_ctrl_c_nothing_happens_and_errors_pass():
    with deferred_interrupts():
        pass
    with pytest.raises(ZeroDivisionError), deferred_interrupts():
        signal.raise_signal(signal.SIGINT)
        1 / 0  # noqa: B018
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_handlers_and_threads_are_left_alone():
    came = []
    signal.signal(signal.SIGINT, lambda *arguments: came.append('ours'))
    try:
        with deferred_interrupts():
            signal.raise_signal(signal.SIGINT)
        assert came == ['ours']
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def work():
        with deferred_interrupts():
            came.append('thread')

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert came[-1] == 'thread'
