"""What the command-line tools have in common."""

import argparse
import os
import sys
from collections.abc import Callable

from mmengine.config import DictAction
from mmengine.dist import get_rank

from kpgan_mm.utils.checkpoint import CheckpointError, trust_checkpoints
from kpgan_mm.utils.config import ConfigError


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that MMPose's train.py and test.py share, and `--trust-checkpoint`."""
    parser.add_argument('--work-dir', help='folder for logs, checkpoints and pictures (default: work_dirs/<config>)')
    parser.add_argument('--show-dir', help='folder in the log folder for pictures of validated or tested samples')
    parser.add_argument('--show', action='store_true', help='show these pictures in a window')
    parser.add_argument('--interval', type=int, default=1, help='show every so many samples')
    parser.add_argument('--wait-time', type=float, default=1, help='for how many seconds a window is shown')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='replace settings, such as model.head.sigma=0.1; data_root=FOLDER moves everything that lies under the '
        "configuration's data_root",
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='load checkpoints that hold more than plain data; these can run code, so only from a source you trust',
    )


def run_tool(main: Callable[[argparse.Namespace], None], args: argparse.Namespace) -> int:
    """Run a tool, and report what the user can mend in one sentence, without a traceback.

    Args:
        main: The tool.
        args: Its arguments, with those of `add_common_arguments`.

    Returns:
        The exit status: 0, or 2 after such a report.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))  # MMEngine reads it from there
    try:
        with trust_checkpoints(args.trust_checkpoint):
            main(args)
    except (CheckpointError, ConfigError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    return 0


def report(*lines: str) -> None:
    """Print lines, in the first process only."""
    if get_rank() == 0:
        print(*lines, sep='\n', flush=True)
