import random

import numpy as np
import pytest
from mmpose.datasets.transforms import RandomFlip, TopdownAffine

from kpgan_mm.datasets import LoadPacked
from kpgan_mm.datasets.draws import drawing, may_be_random
from kpgan_mm.datasets.thin_plate_spline_pair import RandomThinPlateSplinePair


def test_global_generators_are_seeded_and_put_back():
    random.seed(3)
    np.random.seed(3)
    expected = random.Random(3).random(), np.random.RandomState(3).rand()
    with drawing(2**62 + 1):
        first = random.random(), np.random.rand()
    assert (random.random(), np.random.rand()) == expected
    with drawing(2**62 + 1):
        assert (random.random(), np.random.rand()) == first
    with drawing(2**62 + 2):
        assert np.random.rand() != first[1]


def test_they_are_put_back_after_an_error():
    np.random.seed(0)
    with pytest.raises(KeyError), drawing(1):
        raise KeyError
    assert np.random.rand() == np.random.RandomState(0).rand()


def test_in_a_worker_only_the_seed_counts(monkeypatch):
    with drawing(5):
        expected = random.random(), np.random.rand()
    monkeypatch.setattr('kpgan_mm.datasets.draws.get_worker_info', lambda: True)
    for _ in range(2):
        with drawing(5):
            assert (random.random(), np.random.rand()) == expected


def test_what_is_not_known_may_be_random():
    fixed = [LoadPacked(), TopdownAffine((8, 8))]
    assert not may_be_random(fixed) and not may_be_random([])

    class Own(LoadPacked):
        pass

    for other in (RandomFlip(), RandomThinPlateSplinePair(), Own(), lambda results: results):
        assert may_be_random([*fixed, other])
