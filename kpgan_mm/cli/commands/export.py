"""`kpgan export`: tools/export.py with a project's newest checkpoint."""

from pathlib import Path
from typing import Annotated

import typer

from ..locate import PROJECT_HELP, checkpoint_of, config_of
from ..output import finish, one_sentence
from ..tools import load_tool


@one_sentence
def export(
    project: Annotated[Path, typer.Argument(help=PROJECT_HELP)] = Path(),
    checkpoint: Annotated[Path | None, typer.Option(help='By default the newest of the project.')] = None,
    out_dir: Annotated[Path | None, typer.Option(help='By default exported/ in the project.')] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option('--format', help='onnx, pt2, slim or stock; may be repeated. By default all.'),
    ] = None,
    safetensors: Annotated[
        bool, typer.Option('--safetensors', help='Write the slim checkpoint as safetensors.')
    ] = False,
    work_dir: Annotated[Path | None, typer.Option(help='Folder of the training, where it is not runs/.')] = None,
) -> None:
    """Write files to deploy: ONNX, a program of PyTorch, a slim checkpoint, a stock configuration of MMPose."""
    config = config_of(project)
    weights = str(checkpoint or checkpoint_of(config, work_dir))
    folder = out_dir or (project if project.is_dir() else Path()) / 'exported'
    chosen = ['--formats', *formats] if formats else []
    load_tool('export').main(
        [str(config), weights, '--out-dir', str(folder), *chosen, *['--safetensors'] * safetensors]
    )
    finish([str(folder)], [('docs/export.md', 'what each file takes and gives')])
