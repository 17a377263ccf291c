"""All else is in setup.cfg: here are only the folders outside the package that an installed package needs as well."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithConfigs(build_py):
    """Puts configs/ and tools/ into .mim/ of a wheel, as OpenMMLab does; an editable install uses the clone."""

    def run(self) -> None:
        """Builds the package."""
        super().run()
        if not self.editable_mode:
            for name in ('configs', 'tools'):
                target = Path(self.build_lib, 'kpgan_mm', '.mim', name)
                shutil.copytree(name, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns('__pycache__'))


setup(cmdclass=dict(build_py=BuildWithConfigs))
