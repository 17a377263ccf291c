"""The folder that the page may reach, and nothing outside of it."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from kpgan_mm.datasets.image_files import natural_key

from .content_types import SUFFIXES
from .errors import StudioError

# What the studio itself writes, beside priors.
OWN_FOLDER = 'studio'

_MAX_LISTED = 2000
_MAX_DEPTH = 8


class Project:
    """Files of a folder by their path relative to it, with ``/``.

    Args:
        root: The folder.

    Raises:
        FileNotFoundError: If it does not exist.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).resolve()
        if not self.root.is_dir():
            raise FileNotFoundError(f'there is no project folder {root}')
        self.given: dict[str, Path] = {}

    def give(self, paths: Iterable[Path]) -> None:
        """Let files elsewhere be read, and only read. The page knows them as ``videos:NAME``, which is no path."""
        for path in paths:
            name = f'videos:{path.name}'
            if name in self.given:
                name = f'videos:{len(self.given)}/{path.name}'
            self.given[name] = path

    def path(self, name: str) -> Path:
        """Where a file of the project is, or would be; links are followed before it is judged.

        Raises:
            StudioError: If it is outside the project, or no file name.
        """
        if not _is_relative_name(name):
            raise StudioError(f'{str(name)[:200]!r} is no path inside the project folder', 403)
        try:
            path = (self.root / name).resolve()
        except (OSError, RuntimeError):
            raise StudioError(f'{name!r} is no path inside the project folder', 403) from None
        if not path.is_relative_to(self.root):
            raise StudioError(f'{name!r} leads out of the project folder', 403)
        return path

    def file(self, name: str) -> Path:
        """A file of the project that exists, or one of those given.

        Raises:
            StudioError: If it does not, or is outside the project.
        """
        given = self.given.get(name) if isinstance(name, str) else None
        path = given or self.path(name)
        if not path.is_file():
            raise StudioError(f'there is no file {name} in the project folder', 404)
        return path

    def own(self, *parts: str) -> Path:
        """A place for the studio's own files, whose folder is made.

        Raises:
            StudioError: If the folder is a link that leads out of the project.
        """
        path = self.path('/'.join((OWN_FOLDER, *parts)))
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def name_of(self, path: Path) -> str:
        """The inverse of :meth:`path`."""
        return path.relative_to(self.root).as_posix()

    def walk(self) -> Iterator[tuple[Path, list[str], list[str]]]:
        """(folder, names of folders, names of files), without links to folders and hidden ones."""
        for folder, folders, files in os.walk(self.root):
            path = Path(folder)
            deep = len(path.relative_to(self.root).parts) >= _MAX_DEPTH
            folders[:] = (
                []
                if deep
                else sorted(
                    (name for name in folders if not name.startswith('.') and name != '__pycache__'), key=natural_key
                )
            )
            yield path, folders, sorted(files, key=natural_key)

    def pictures_and_videos(self) -> tuple[list[str], bool]:
        """Names of files that may be pictures or videos, without contact sheets; and whether some are left out."""
        found = list(self.given)
        for folder, folders, files in self.walk():
            folders[:] = [name for name in folders if name not in ('contact_sheets', 'vis_data')]
            found += [self.name_of(folder / name) for name in files if Path(name).suffix.lower() in SUFFIXES]
            if len(found) > _MAX_LISTED:
                return found[:_MAX_LISTED], True
        return found, False


def _is_relative_name(name) -> bool:
    """Whether it is a path of plain names with ``/`` between them."""
    if not isinstance(name, str) or len(name) > 1000 or '\\' in name or any(ord(letter) < 32 for letter in name):
        return False
    if any(part in ('', '.', '..') for part in name.split('/')):
        return False
    return not Path(name).is_absolute() and not Path(name).drive
