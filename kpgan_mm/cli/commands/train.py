"""`kpgan train`: tools/train.py on a project, with a progress bar."""

from pathlib import Path
from typing import Annotated

import typer
from mmengine.config import Config
from mmengine.runner import Runner

from kpgan_mm.utils.config import ConfigError
from kpgan_mm.utils.newest_checkpoint import newest_checkpoint

from ..config_text import formatted_once
from ..locate import PROJECT_HELP, config_of, project_argument, work_dir_of
from ..output import console, finish, one_sentence
from ..progress import build_quietly
from ..tools import load_tool

# As shells have it for what Ctrl-C ended.
_INTERRUPTED = 130


@one_sentence
def train(
    project: Annotated[Path, typer.Argument(help=PROJECT_HELP)] = Path(),
    resume: Annotated[bool, typer.Option('--resume', help='Go on from the newest checkpoint.')] = False,
    overwrite: Annotated[
        bool,
        typer.Option('--overwrite', help='Begin anew where a run is; runs/regressor/regressor.pth is kept, if whole.'),
    ] = False,
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
    name = project_argument(config)
    where = f' --work-dir {work_dir}' if work_dir else ''
    _check_choice(folder, resume, overwrite)
    amp = bfloat16_is_faster() if amp is None else amp
    console().print(f'training into {folder}{" in mixed precision" if amp else ""}; its log is there', soft_wrap=True)

    def build(cfg: Config, training: bool) -> Runner:
        runner = build_quietly(cfg, training)
        if overwrite and not begun:  # only now: a refused configuration costs no results
            _discard(folder)
        begun.append(cfg)
        return runner

    begun = []
    tool = load_tool('train', build_runner=build)
    flags = ['--work-dir', str(folder), *['--amp'] * amp, *['--resume'] * resume]
    options = ['--cfg-options', *set_] if set_ else []
    with formatted_once():
        try:
            status = tool.run_tool(tool.train, tool.parse_args([str(config), *flags, *options]))
        except KeyboardInterrupt:
            resumable = _checkpoints(folder) or Path(folder, 'regressor', 'regressor.pth').is_file()
            console().print(
                f'Stopped; `kpgan train {name}{where} --resume` goes on from the last checkpoint.'
                if resumable
                else f'Stopped before the first checkpoint; `kpgan train {name}{where}` begins anew.',
                soft_wrap=True,
            )
            raise typer.Exit(_INTERRUPTED) from None
    if status:
        raise typer.Exit(status)
    sheets = sorted(Path(folder, 'contact_sheets').glob('*.jpg'))
    finish(
        [f'{folder}: checkpoints, logs, contact sheets'],
        [
            *([(str(sheets[-1]), 'look at it: each row is explained in docs/own_video.md')] if sheets else []),
            (f'kpgan test {name}{where}', 'error on labels, or quality of the reconstruction'),
            (f'kpgan predict VIDEO {name}{where}', 'keypoints and overlay of a video'),
        ],
    )


def _checkpoints(folder: Path) -> list[str]:
    """What a run in a folder left to go on from; the regressor's pre-training counts until it is done."""
    stage = Path(folder, 'regressor')
    unfinished = None if (stage / 'regressor.pth').is_file() else newest_checkpoint(stage)
    return [checkpoint for checkpoint in (newest_checkpoint(folder), unfinished) if checkpoint]


def _check_choice(folder: Path, resume: bool, overwrite: bool) -> None:
    """Has the user say what becomes of an earlier run.

    Raises:
        ConfigError: If the folder has one and nothing is said, or two things at once.
    """
    if resume and overwrite:
        raise ConfigError('--resume goes on with a run and --overwrite begins it anew: give one of them.')
    earlier = _checkpoints(folder)
    if earlier and not (resume or overwrite):
        raise ConfigError(
            f'{folder} has a run already ({Path(earlier[0]).relative_to(folder)}): give --resume to go on with it, '
            '--work-dir FOLDER to train beside it, or --overwrite to begin anew.'
        )


def _discard(folder: Path) -> None:
    """Removes the checkpoints and contact sheets of an earlier run; its logs, and a whole regressor, stay."""
    for place in (folder, Path(folder, 'regressor')):
        for pattern in ('last_checkpoint', 'iter_*.pth', 'best_*.pth', 'contact_sheets/*.jpg'):
            for file in place.glob(pattern):
                file.unlink()
