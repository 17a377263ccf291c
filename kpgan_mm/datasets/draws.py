"""Random draws as pure functions of an integer: what an endless training set hands out for an index."""

import contextlib
import random
from collections.abc import Iterator

import numpy as np
from torch.utils.data import get_worker_info


@contextlib.contextmanager
def drawing(index: int) -> Iterator[None]:
    """Seeds the global generators of Python and NumPy, which transforms use, with ``index``.

    So a draw does not depend on the worker that makes it, nor on how many draws it made before. On leaving, the global
    generators are as they were; but not in a loader's worker, which does nothing but draw: that takes longest of all.
    """
    states = None if get_worker_info() else (random.getstate(), np.random.get_state())
    random.seed(index)
    np.random.seed(np.random.SeedSequence(index).generate_state(4))
    try:
        yield
    finally:
        if states is not None:
            random.setstate(states[0])
            np.random.set_state(states[1])
