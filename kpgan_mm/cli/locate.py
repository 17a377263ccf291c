"""Where a project's configuration, checkpoint and crop are."""

from pathlib import Path

from kpgan_mm.utils.config import ConfigError, load_config
from kpgan_mm.utils.newest_checkpoint import newest_checkpoint

PROJECT_HELP = 'Folder that `kpgan init` made, or a configuration file.'


def config_of(project: Path) -> Path:
    """The configuration file of a project.

    Raises:
        ConfigError: If there is none.
    """
    if project.is_dir():
        if not (project / 'config.py').is_file():
            raise ConfigError(
                f'{project} is no project: it has no config.py; make one with `kpgan init {project} --videos ...`.'
            )
        return project / 'config.py'
    if not project.is_file():
        raise ConfigError(f'There is no project or configuration {project}.')
    return project


def work_dir_of(config: Path) -> Path:
    """Where training puts its results."""
    return Path(load_config(config).get('work_dir') or Path('work_dirs', config.stem))


def checkpoint_of(config: Path, work_dir: Path | None = None) -> str:
    """The newest checkpoint of a project.

    Raises:
        ConfigError: If nothing was trained yet.
    """
    folder = work_dir or work_dir_of(config)
    checkpoint = newest_checkpoint(folder)
    if checkpoint is None:
        raise ConfigError(f'{folder} has no checkpoint yet: run `kpgan train` first, or name one with --checkpoint.')
    return checkpoint


def project_argument(config: Path) -> Path:
    """What to call a project in commands that are suggested: its folder, or else the configuration."""
    return config.parent if config.name == 'config.py' else config
