import random

import numpy as np
import pytest

from kpgan_mm.datasets.draws import drawing


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
