"""`kpgan check`: tools/misc/check_dataset.py on a project."""

from pathlib import Path
from typing import Annotated

import typer

from ..locate import PROJECT_HELP, config_of, project_argument
from ..output import finish, one_sentence
from ..tools import load_tool


@one_sentence
def check(
    project: Annotated[Path, typer.Argument(help=PROJECT_HELP)] = Path(),
    full: Annotated[bool, typer.Option('--full', help='Decode every picture and every frame.')] = False,
    json: Annotated[bool, typer.Option('--json', help='Print JSON instead of a table.')] = False,
) -> None:
    """Look through videos, prior and labels, and say what is wrong, where, and how to mend it."""
    config = config_of(project)
    tool = load_tool('misc/check_dataset')
    status = tool.main([str(config), *['--full'] * full, *['--json'] * json])
    if status:
        raise typer.Exit(status)
    if not json:
        finish([], [(f'kpgan train {project_argument(config)}', 'train the regressor, then the rest')])
