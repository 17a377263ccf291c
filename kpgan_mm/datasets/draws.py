"""Random draws as pure functions of an integer: what an endless training set hands out for an index."""

import contextlib
import random
from collections.abc import Iterator

import numpy as np


@contextlib.contextmanager
def drawing(index: int) -> Iterator[None]:
    """Seeds the global generators of Python and NumPy, which transforms use, with ``index``.

    On leaving, the global generators are as they were. So a draw does not depend on the worker that makes it, nor on
    how many draws it made before.
    """
    states = random.getstate(), np.random.get_state()
    random.seed(index)
    np.random.seed(np.random.SeedSequence(index).generate_state(4))
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
