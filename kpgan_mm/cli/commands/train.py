"""`kpgan train`: tools/train.py on a project, with a progress bar."""

from pathlib import Path
from typing import Annotated

import typer

from ..config_text import formatted_once
from ..locate import PROJECT_HELP, config_of, project_argument, work_dir_of
from ..output import console, finish, one_sentence
from ..progress import build_quietly
from ..tools import load_tool


@one_sentence
def train(
    project: Annotated[Path, typer.Argument(help=PROJECT_HELP)] = Path(),
    resume: Annotated[bool, typer.Option('--resume', help='Go on from the newest checkpoint.')] = False,
    amp: Annotated[
        bool | None,
        typer.Option('--amp/--no-amp', help='Mixed precision; by default where a short trial finds it faster.'),
    ] = None,
    work_dir: Annotated[
        Path | None, typer.Option(help="Folder of the results; by default the project's runs/.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option('--set', metavar='KEY=VALUE', help='Replace a setting, such as train_cfg.max_iters=4000.'),
    ] = None,
) -> None:
    """Train: first the regressor on drawings of the prior's poses, then the rest on pairs of frames."""
    from kpgan_mm.utils.tool_runs import bfloat16_is_faster

    config = config_of(project)
    folder = work_dir or work_dir_of(config)
    amp = bfloat16_is_faster() if amp is None else amp
    console().print(f'training into {folder}{" in mixed precision" if amp else ""}; its log is there', soft_wrap=True)
    tool = load_tool('train', build_runner=build_quietly)
    flags = ['--work-dir', str(folder), *['--amp'] * amp, *['--resume'] * resume]
    options = ['--cfg-options', *set_] if set_ else []
    with formatted_once():
        status = tool.run_tool(tool.train, tool.parse_args([str(config), *flags, *options]))
    if status:
        raise typer.Exit(status)
    name = project_argument(config)
    where = f' --work-dir {work_dir}' if work_dir else ''
    sheets = sorted(Path(folder, 'contact_sheets').glob('*.jpg'))
    finish(
        [f'{folder}: checkpoints, logs, contact sheets'],
        [
            *([(str(sheets[-1]), 'look at it: each row is explained in docs/own_video.md')] if sheets else []),
            (f'kpgan test {name}{where}', 'error on labels, or quality of the reconstruction'),
            (f'kpgan predict VIDEO {name}{where}', 'keypoints and overlay of a video'),
        ],
    )
