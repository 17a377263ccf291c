"""The configurations that a project inherits: in a clone in configs/, in an installed package in .mim/configs/."""

import shutil
from pathlib import Path

import kpgan_mm
from kpgan_mm.utils.config import ConfigError

# What config.py and regressor.py of a project inherit, and what those inherit.
BASE_FILES = (
    'default_runtime.py',
    'models/keypoint_gan.py',
    'models/keypoint_gan_64.py',
    'regressor_pretraining.py',
    'schedule.py',
)


def configs_folder() -> Path:
    """The folder of this package's configurations.

    Raises:
        ConfigError: If the package was installed without them.
    """
    package = Path(kpgan_mm.__file__).resolve().parent
    # The clone first, so that a wheel that was built in it is never preferred to its sources.
    for folder in (package.parent / 'configs', package / '.mim' / 'configs'):
        if (folder / '_base_' / BASE_FILES[0]).is_file():
            return folder
    raise ConfigError(f'The configurations are missing beside {package}: install kpgan_mm from its wheel or a clone.')


def copy_base_files(folder: Path) -> None:
    """Copies the base configurations into a project, which then stands by itself and stays as it is."""
    source = configs_folder() / '_base_'
    for name in BASE_FILES:
        (folder / '_base_' / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, folder / '_base_' / name)
