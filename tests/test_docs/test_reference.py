"""The reference has every public symbol of the package, and each has a docstring."""

import ast
import re
from pathlib import Path

import pytest

from tests.toys import ROOT

# What PyTorch, MMEngine and MMPose call, and explain, by these names: a docstring would only repeat it.
_INHERITED = {'forward', 'train', 'extra_repr', 'loss', 'predict', 'init_weights', 'transform', 'compute_metrics'}


def modules() -> list[tuple[str, Path]]:
    """Names and files of the public modules."""
    found = []
    for file in sorted((ROOT / 'kpgan_mm').rglob('*.py')):
        parts = file.relative_to(ROOT).with_suffix('').parts
        parts = parts[:-1] if parts[-1] == '__init__' else parts
        if not any(part.startswith('_') for part in parts):
            found.append(('.'.join(parts), file))
    return found


def undocumented(source: str, module: str) -> list[str]:
    """Public symbols of a source that have no docstring."""
    tree, found = ast.parse(source), []
    if not ast.get_docstring(tree):
        found.append(module)
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith('_'):
            continue
        if not ast.get_docstring(node):
            found.append(f'{module}.{node.name}')
        if isinstance(node, ast.ClassDef):
            found += [
                f'{module}.{node.name}.{one.name}'
                for one in node.body
                if isinstance(one, ast.FunctionDef)
                and not one.name.startswith('_')
                and one.name not in _INHERITED
                and not ast.get_docstring(one)
            ]
    return found


def referenced() -> set[str]:
    """Modules that the pages of the reference list, most with all below them."""
    text = '\n'.join(file.read_text() for file in (ROOT / 'docs/api').glob('*.md'))
    return set(re.findall(r'^::: ([\w.]+)', text, re.MULTILINE))


@pytest.mark.parametrize('module, file', modules(), ids=lambda value: value if isinstance(value, str) else '')
def test_every_public_symbol_is_explained(module, file):
    assert undocumented(file.read_text(), module) == []


def test_every_module_is_in_the_reference():
    rooms = referenced() - {'kpgan_mm'}
    outside = [name for name, _ in modules() if not any(f'{name}.'.startswith(f'{room}.') for room in rooms)]
    assert outside == ['kpgan_mm'], 'give these modules a page in docs/api, and a place in mkdocs.yml'
    assert 'kpgan_mm' in referenced()


def test_the_reference_lists_modules_that_exist():
    assert referenced() <= {name for name, _ in modules()}


def test_a_missing_docstring_is_found():
    source = '"""A."""\nclass B:\n    """C."""\n    def d(self): ...\n    def forward(self): ...\n'
    source += 'def e(): ...\ndef _f(): ...\n'
    assert undocumented(source, 'm') == ['m.B.d', 'm.e']
    assert undocumented('x = 1\n', 'm') == ['m']
