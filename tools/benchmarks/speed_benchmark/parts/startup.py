"""How long it takes until work begins."""

import subprocess
import sys
from pathlib import Path

from ..cases import Case

_ROOT = Path(__file__).parents[4]
_COMMANDS = {
    'import torch, for comparison': ('-c', 'import torch'),
    'import kpgan_mm': ('-c', 'import kpgan_mm'),
    'import kpgan_mm.apis': ('-c', 'import kpgan_mm.apis'),
    'tools/train.py --help': ('tools/train.py', '--help'),
}


def commands() -> list[Case]:
    """Whole processes, from their start to their end."""

    def case(name: str, arguments: tuple[str, ...]) -> Case:
        def call() -> dict:
            subprocess.run([sys.executable, *arguments], cwd=_ROOT, check=True, capture_output=True)
            return {}

        return Case('startup', name, dict(ours=lambda: call), in_children=True)

    return [case(name, arguments) for name, arguments in _COMMANDS.items()]
