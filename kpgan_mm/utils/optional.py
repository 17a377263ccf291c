"""Packages that only some commands need."""

import importlib.util

from kpgan_mm.utils.config import ConfigError


class MissingPackageError(ConfigError, ImportError):
    """A package that was asked for is not installed; the message is one sentence for the user."""


def require_packages(what: str, extra: str, *packages: str) -> None:
    """Refuse, in one sentence, to do what needs packages that are not installed.

    Args:
        what: What needs them, as the beginning of the sentence.
        extra: The extra of this package that installs them.
        packages: Names, as they are imported.

    Raises:
        MissingPackageError: If one of them is missing.
    """
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if missing:
        raise MissingPackageError(f'{what} needs {", ".join(missing)}: pip install kpgan_mm[{extra}]')
