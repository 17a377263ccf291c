"""Random draws as pure functions of an integer: what an endless training set hands out for an index."""

import contextlib
import random
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from mmpose.datasets.transforms import GetBBoxCenterScale, LoadImage, PackPoseInputs, TopdownAffine
from torch.utils.data import get_worker_info

from .stretch_to_input import StretchToInput
from .transforms import LoadFramePair, LoadPacked, MaskBackground, PackPairInputs

_NEVER_RANDOM = frozenset(
    (
        GetBBoxCenterScale, LoadFramePair, LoadImage, LoadPacked, MaskBackground, PackPairInputs, PackPoseInputs,
        StretchToInput, TopdownAffine,
    )
)  # fmt: skip


def may_be_random(transforms: Iterable[Callable]) -> bool:
    """Whether any of the transforms may use the global generators: all do for which the opposite is not known."""
    return not _NEVER_RANDOM.issuperset(map(type, transforms))


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
