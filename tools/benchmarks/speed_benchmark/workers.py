"""Each side runs in a process of its own, told what to do over a pipe, so that sides alternate and memory is theirs."""

import contextlib
import ctypes
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from kpgan_mm.utils.freed_memory import keep_freed_memory

from .cases import Call, Case

_SPEED = Path(__file__).parents[1] / 'speed.py'


class Bench:
    """Does the work of one side in this process.

    Args:
        side: Which.
        cases: Those it is asked for, by number.
        threads: Of PyTorch.
        processor_time: Whether seconds are those of the processor, which other processes hardly change; those of child
            processes count.
    """

    def __init__(self, side: str, cases: list[Case], threads: int, processor_time: bool = False) -> None:
        torch.set_num_threads(threads)
        if side != 'reference':
            keep_freed_memory()  # as the tools do
        self.side, self.cases = side, cases
        self.clock = processor_seconds if processor_time else time.perf_counter
        self.call: Call | None = None
        self.in_children = False

    def prepare(self, number: int) -> str:
        """Make the call ready, run it once as warm-up; returns the file with what it computed."""
        self.call = None
        gc.collect()
        torch.manual_seed(0)
        self.call = self.cases[number].sides[self.side]()
        self.in_children = self.cases[number].in_children
        torch.manual_seed(1)
        results = {name: value.detach().float().contiguous().clone() for name, value in self.call().items()}
        with tempfile.NamedTemporaryFile(suffix='.pt', delete=False) as file:
            torch.save(results, file)
        return file.name

    def seconds(self) -> float:
        """Of one call."""
        start = self.clock()
        results = self.call()
        taken = self.clock() - start
        del results
        return taken

    def peak(self) -> int:
        """Bytes that this process takes more at the peak of a call than before it, freed memory returned first.

        0, which is shown as nothing, for a case whose work is done by other processes.
        """
        if self.in_children:
            return 0
        gc.collect()
        _give_back_freed_memory()
        Path('/proc/self/clear_refs').write_text('5')  # resets the peak
        before = resident()
        results = self.call()
        peak = resident(peak=True)
        del results
        return peak - before

    def drop(self) -> None:
        """Forget the prepared call."""
        self.call = None
        gc.collect()


def processor_seconds() -> float:
    """That this process took, and those of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def resident(peak: bool = False) -> int:
    """Bytes of memory of this process: now, or at most since the peak was reset."""
    status = Path('/proc/self/status').read_text()
    line = next(line for line in status.splitlines() if line.startswith('VmHWM' if peak else 'VmRSS'))
    return int(line.split()[1]) * 1024


def _give_back_freed_memory() -> None:
    """So that memory which the allocator kept of an earlier call does not hide what the next one takes."""
    try:
        ctypes.CDLL('libc.so.6').malloc_trim(0)
    except (OSError, AttributeError):
        pass  # another C library, which keeps nothing that it could be asked for


class Worker:
    """A :class:`Bench` in a process of its own, with the same methods."""

    def __init__(self, side: str, arguments: list[str]) -> None:
        self.side = side
        self.process = subprocess.Popen(
            [sys.executable, str(_SPEED), *arguments, '--worker', side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _ask(self, method: str, *arguments):
        try:
            self.process.stdin.write(json.dumps([method, *arguments]) + '\n')
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except OSError:  # it no longer reads
            answer = ''
        if not answer:
            raise RuntimeError(f'the process of side "{self.side}" ended (out of memory?); its messages are above')
        return json.loads(answer)

    def prepare(self, number: int) -> str:
        return self._ask('prepare', number)

    def seconds(self) -> float:
        return self._ask('seconds')

    def peak(self) -> int:
        return self._ask('peak')

    def drop(self) -> None:
        self._ask('drop')

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):  # what it did not read any more
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def serve(bench: Bench) -> None:
    """The life of a worker's process: a line with a method's name and arguments in, a line with its result out."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), 'w')
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not be taken for an answer
    methods: dict[str, Callable] = {name: getattr(bench, name) for name in ('prepare', 'seconds', 'peak', 'drop')}
    for line in sys.stdin:
        method, *arguments = json.loads(line)
        answers.write(json.dumps(methods[method](*arguments)) + '\n')
        answers.flush()
