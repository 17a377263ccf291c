"""Memory that is freed stays with the process, so that the next feature map does not come page by page."""

import ctypes
import os

# Of <malloc.h>: what is larger is asked of the system each time; how much of what is freed is kept.
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -3, -1
_LARGEST, _KEPT = 2**30, 2**29
_SETTINGS = ('MALLOC_MMAP_THRESHOLD_', 'MALLOC_MMAP_MAX_', 'MALLOC_TRIM_THRESHOLD_', 'GLIBC_TUNABLES')


def keep_freed_memory() -> bool:
    """Tell the C library to keep what is freed; for programs, as it holds for the whole process.

    The GNU C library gives maps of more than 32 MB back to the system as soon as they are freed, and the system hands
    out the next ones as pages of zeros: a tenth of the time of a training step on a processor, and a quarter of a
    prediction. The process keeps up to half a gigabyte more than it needs, and what lies between pieces in use.

    Returns:
        bool: whether it was done: not with another C library, nor where the environment has settings of its own.
    """
    if any(name in os.environ for name in _SETTINGS):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):  # no such function here
        return False
    return all([mallopt(_M_MMAP_THRESHOLD, _LARGEST), mallopt(_M_TRIM_THRESHOLD, _KEPT)])
