"""The command `kpgan`: from a folder of videos to keypoints."""

import sys


def main() -> None:
    """Run the command line; the entry point of the package."""
    try:
        import typer  # noqa: F401
    except ModuleNotFoundError:
        sys.exit('error: the command line needs typer: pip install "kpgan_mm[cli]"')
    from .app import app

    app(prog_name='kpgan')
