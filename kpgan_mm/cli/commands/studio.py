"""`kpgan studio`: tools/studio.py on a project."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from kpgan_mm.utils.config import ConfigError

from ..locate import checkpoint_of, config_of
from ..output import one_sentence
from ..tools import load_tool


@one_sentence
def studio(
    project: Annotated[
        Path, typer.Argument(help='Folder of pictures, videos and runs; all that the page reaches.')
    ] = Path(),
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help='Weights; may be repeated to compare. By default the newest of the project.'),
    ] = None,
    skeleton: Annotated[
        Path | None, typer.Option(help="Metainfo file to place joints by; by default the project's skeleton.py.")
    ] = None,
    host: Annotated[str, typer.Option(help='Address to listen on.')] = '127.0.0.1',
    port: Annotated[int, typer.Option(help='0 takes any free one.')] = 8077,
    device: Annotated[str, typer.Option(help='cpu, cuda:0 ...')] = 'cpu',
) -> None:
    """Look at models, move their keypoints, and place poses by hand, in the browser."""
    weights, config, own = [str(file) for file in checkpoint or []], [], project / 'skeleton.py'
    if (project / 'config.py').is_file():
        config = ['--config', str(config_of(project))]
        with contextlib.suppress(ConfigError):  # not trained yet: poses can be placed all the same
            weights = weights or [checkpoint_of(config_of(project))]
    joints = skeleton or (own if own.is_file() else None)
    place = ['--skeleton', str(joints)] if joints else []
    flags = ['--project', str(project), '--host', host, '--port', str(port), '--device', device]
    # Checkpoints first: what follows --skeleton would be taken for another skeleton.
    load_tool('studio').main([*weights, *flags, *config, *place])
