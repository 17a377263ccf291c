"""`kpgan test`: tools/test.py on a project's newest checkpoint."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ..config_text import formatted_once
from ..locate import PROJECT_HELP, checkpoint_of, config_of, project_argument, work_dir_of
from ..output import console, finish, metrics_table, one_sentence
from ..progress import build_quietly
from ..tools import load_tool


@one_sentence
def test(
    project: Annotated[Path, typer.Argument(help=PROJECT_HELP)] = Path(),
    checkpoint: Annotated[Path | None, typer.Option(help='By default the newest of the project.')] = None,
    out: Annotated[
        Path | None, typer.Option(help="File for the figures; by default the project's runs/test.json.")
    ] = None,
    work_dir: Annotated[Path | None, typer.Option(help='Folder of the training, where it is not runs/.')] = None,
    set_: Annotated[list[str] | None, typer.Option('--set', metavar='KEY=VALUE', help='Replace a setting.')] = None,
) -> None:
    """Measure: the error on labelled frames beside that of the mean prior pose, or the reconstruction."""
    config = config_of(project)
    folder = work_dir or work_dir_of(config)
    weights = str(checkpoint or checkpoint_of(config, folder))
    figures = out or folder / 'test.json'
    figures.parent.mkdir(parents=True, exist_ok=True)
    tool = load_tool('test', build_runner=build_quietly, report=lambda *lines: None)
    options = ['--cfg-options', *set_] if set_ else []
    flags = ['--work-dir', str(folder), '--out', str(figures)]
    with formatted_once():
        status = tool.run_tool(tool.test, tool.parse_args([str(config), weights, *flags, *options]))
    if status:
        raise typer.Exit(status)
    console().print(metrics_table(weights, json.loads(figures.read_text())))
    finish([str(figures)], [(f'kpgan predict VIDEO {project_argument(config)}', 'keypoints and overlay of a video')])
