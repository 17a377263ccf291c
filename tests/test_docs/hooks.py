"""The hooks of the documentation site, which are no package's modules."""

import importlib.util
import sys
from types import ModuleType

from tests.toys import ROOT


def load_hook(name: str) -> ModuleType:
    """A file of docs/_hooks as a module."""
    spec = importlib.util.spec_from_file_location(f'docs_hook_{name}', ROOT / 'docs' / '_hooks' / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for it there
    spec.loader.exec_module(module)
    return module
