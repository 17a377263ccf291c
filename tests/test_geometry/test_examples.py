"""The examples in the docstrings are right."""

import doctest

import pytest
import torch

from kpgan_mm.geometry import coordinates, rendering, soft_argmax


@pytest.mark.parametrize('module', [coordinates, rendering, soft_argmax])
def test_docstring_examples(module):
    results = doctest.testmod(module, extraglobs={'torch': torch})
    assert results.attempted > 0 and results.failed == 0
