"""kpgan_mm.utils.freed_memory, in processes of their own."""

import ctypes
import os
import subprocess
import sys

from kpgan_mm.utils.freed_memory import keep_freed_memory

# Pages that the system had to give for maps that are made and freed one after the other.
_COUNT = """
import resource, sys, torch
from kpgan_mm.utils.freed_memory import keep_freed_memory
if sys.argv[1] == 'keep':
    keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
torch.ones(2**24).sum()
before = faults()
for _ in range(5):
    torch.ones(2**24).sum()
print(faults() - before)
"""


def faults(*arguments, **settings):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(('MALLOC_', 'GLIBC_'))}
    command = [sys.executable, '-c', _COUNT, *arguments]
    done = subprocess.run(command, env={**environment, **settings}, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_the_next_map_takes_the_place_of_the_last():
    # 64 MB are 16,384 pages of 4 KB, or 1,024 of 64 KB.
    plain, kept = faults('plain'), faults('keep')
    assert kept < plain / 4
    # The user's own settings count.
    assert faults('keep', MALLOC_MMAP_THRESHOLD_='1000000') > plain / 2


def test_without_such_a_library_nothing_happens(monkeypatch):
    monkeypatch.setattr(ctypes, 'CDLL', lambda name: object())
    for name in ('MALLOC_MMAP_THRESHOLD_', 'MALLOC_MMAP_MAX_', 'MALLOC_TRIM_THRESHOLD_', 'GLIBC_TUNABLES'):
        monkeypatch.delenv(name, raising=False)
    assert keep_freed_memory() is False
