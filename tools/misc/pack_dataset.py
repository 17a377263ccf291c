"""Pack the training frames of a config into one file that is read many times as fast; results stay the same.

    python tools/misc/pack_dataset.py CONFIG FOLDER [--workers N] [--cfg-options KEY=VALUE ...]
    python tools/train.py CONFIG --packed FOLDER

Every frame is read, masked and, where that does not depend on the draw, cropped once, as the config says, and kept
without loss. FOLDER appears when all is written: a run that is stopped leaves nothing that could be taken for it. The
exit status is 0 if the frames are packed (also if they were before), 2 if they cannot be. See docs/packed_data.md.
"""

import argparse
import shlex
import shutil
import sys
import time
from pathlib import Path

from mmengine.registry import init_default_scope
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import kpgan_mm  # noqa: F401  (registers everything, and makes MMPose importable)
from kpgan_mm.datasets import use_packed_frames
from kpgan_mm.datasets.frame_packing import estimate_size, pack_frames, plan_packing
from kpgan_mm.utils.cli import add_cfg_options
from kpgan_mm.utils.config import load_config


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='configuration file')
    parser.add_argument('folder', help='folder to be made; on a fast local disk, if there is one')
    parser.add_argument('--workers', type=int, default=0, help='processes that read frames (default: this one alone)')
    add_cfg_options(parser, 'replace settings, as in train.py; data_root=FOLDER moves the data')
    return parser.parse_args(argv)


def pack(args: argparse.Namespace, console: Console) -> None:
    """Pack, and say what was done and what to do next.

    Raises:
        ValueError, OSError: If that is not possible; the message says why.
    """
    cfg = load_config(args.config, args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'mmpose'))
    folder, begin = Path(args.folder), time.perf_counter()
    options = [f'{key}={value}' for key, value in args.cfg_options.items()]
    command = ['python', 'tools/train.py', args.config, '--packed', str(folder)]
    todo = shlex.join(command + (['--cfg-options', *options] if options else []))
    if folder.exists():
        use_packed_frames(cfg, folder)
        console.print(f'{folder} holds these frames already. Train with\n  {todo}')
        return
    plan = plan_packing((cfg.get('train_dataloader') or {}).get('dataset') or {})
    number, size = len(plan.dataset.source), estimate_size(plan)
    free = shutil.disk_usage(next(parent for parent in folder.absolute().parents if parent.is_dir())).free
    if size > free:
        raise ValueError(
            f'{number:,} frames take about {gigabytes(size)}, and {folder.parent} has {gigabytes(free)} left'
        )
    done = ', '.join(transform['type'].rsplit('.', 1)[-1] for transform in plan.done)
    console.print(f'{number:,} frames, about {gigabytes(size)}; carried out now: {done}')
    if plan.reason:
        console.print(f'Crops are left to training, for {plan.reason}.')
    columns = TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task('packing', total=number)
        index = pack_frames(
            plan, folder, cfg.get('data_root') or '', args.workers, lambda count: bars.update(task, completed=count)
        )
    bad = f'; {len(index["bad"])} of them bad, and drawn anew in training' if index['bad'] else ''
    console.print(
        f'{folder}: {number:,} frames of {index["videos"]:,} videos, {gigabytes(sum(index["sizes"].values()))}, '
        f'in {time.perf_counter() - begin:.0f} s{bad}. Train with\n  {todo}'
    )


def gigabytes(size: int) -> str:
    """A number of bytes for people."""
    return f'{size / 1e9:.1f} GB' if size >= 1e9 else f'{size / 1e6:.1f} MB'


def main(argv: list[str] | None = None) -> int:
    """Run the tool.

    Returns:
        The exit status.
    """
    try:
        pack(parse_args(argv), Console(highlight=False, soft_wrap=True))
    except (ValueError, OSError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('stopped: nothing was kept', file=sys.stderr)
        return 130
    return 0


if __name__ == '__main__':
    sys.exit(main())
