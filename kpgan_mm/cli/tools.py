"""The tools behind the commands: in a clone in tools/, in an installed package in .mim/tools/, as OpenMMLab has it."""

import importlib.util
from pathlib import Path
from types import ModuleType

import kpgan_mm
from kpgan_mm.utils.config import ConfigError


def load_tool(name: str, **replaced) -> ModuleType:
    """A tool as a module of its own.

    Args:
        name: Its path below tools/, without the suffix.
        replaced: What to put in place of names that it imports.

    Raises:
        ConfigError: If the package was installed without its tools.
    """
    package = Path(kpgan_mm.__file__).resolve().parent
    for folder in (package.parent / 'tools', package / '.mim' / 'tools'):
        file = folder / f'{name}.py'
        if file.is_file():
            break
    else:
        raise ConfigError(f'tools/{name}.py is missing beside {package}: install kpgan_mm from its wheel or a clone.')
    spec = importlib.util.spec_from_file_location(f'kpgan_mm_tool_{Path(name).name}', file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module).update(replaced)
    return module
