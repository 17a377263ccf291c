"""The examples in the docstrings are right."""

import doctest
from importlib import import_module

import pytest
import torch


@pytest.mark.parametrize('name', ['border_mask', 'coordinates', 'gaussian_maps', 'rendering', 'soft_argmax'])
def test_docstring_examples(name):
    results = doctest.testmod(import_module(f'kpgan_mm.geometry.{name}'), extraglobs={'torch': torch})
    assert results.attempted > 0 and results.failed == 0
