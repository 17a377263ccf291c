"""What the command-line tools have in common."""

import argparse
import logging
import os
import sys
from collections.abc import Callable
from typing import NoReturn

import torch.distributed
from mmengine.config import Config, DictAction
from mmengine.dist import get_rank, is_distributed
from mmengine.runner import Runner
from torch.distributed.elastic.multiprocessing.errors import get_error_handler

from kpgan_mm.utils.checkpoint import CheckpointError, trust_checkpoints
from kpgan_mm.utils.config import ConfigError
from kpgan_mm.utils.freed_memory import keep_freed_memory


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that MMPose's train.py and test.py share, and `--trust-checkpoint`."""
    parser.add_argument('--work-dir', help='folder for logs, checkpoints and pictures (default: work_dirs/<config>)')
    parser.add_argument('--show-dir', help='folder in the log folder for pictures of validated or tested samples')
    parser.add_argument('--show', action='store_true', help='show these pictures in a window')
    parser.add_argument('--interval', type=int, default=1, help='show every so many samples')
    parser.add_argument('--wait-time', type=float, default=1, help='for how many seconds a window is shown')
    add_cfg_options(
        parser,
        'replace settings, such as train_cfg.max_iters=2000; data_root=FOLDER moves everything that lies under '
        "the configuration's data_root",
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    add_trust_checkpoint(parser)


def add_figure_arguments(parser: argparse.ArgumentParser, out: str) -> None:
    """Add what the tools that draw with a trained model share: config, checkpoint, and the picture to write."""
    parser.add_argument('config', help='config the model was trained with')
    parser.add_argument('checkpoint', help='its weights, with the generator')
    parser.add_argument('--out', default=out, help='picture to write, .png or .jpg (default: %(default)s)')
    parser.add_argument('--device', default='cpu', help='cpu, cuda:0 ... (default: %(default)s)')
    add_trust_checkpoint(parser)
    add_cfg_options(parser, 'replace settings of the config, such as data_root=FOLDER')


def add_trust_checkpoint(parser: argparse.ArgumentParser) -> None:
    """Add `--trust-checkpoint`."""
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='load checkpoints that hold more than plain data; these can run code, so only from a source you trust',
    )


def add_cfg_options(parser: argparse.ArgumentParser, help: str) -> None:
    """Add `--cfg-options`, with the help that says what they are good for in this tool."""
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, default={}, metavar='KEY=VALUE', help=help)


def run_tool(main: Callable[[argparse.Namespace], None], args: argparse.Namespace) -> int:
    """Run a tool, and report what the user can mend in one sentence, without a traceback.

    Args:
        main: The tool.
        args: Its arguments, with those of `add_common_arguments`.

    Returns:
        The exit status: 0, or 2 after such a report.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))  # MMEngine reads it from there
    keep_freed_memory()
    try:
        with trust_checkpoints(args.trust_checkpoint):
            main(args)
    except (CheckpointError, ConfigError) as error:
        if 'TORCHELASTIC_ERROR_FILE' in os.environ:  # of several processes: torchrun says it once, for all
            get_error_handler().record_exception(error)
        else:
            print(f'error: {error}', file=sys.stderr)
        return 2
    if is_distributed():
        torch.distributed.destroy_process_group()
    return 0


def leave(status: int, args: argparse.Namespace) -> NoReturn:
    """End the program, the last of all.

    One of several processes goes at once. Gloo's threads may still let go of tensors, for which they want the
    interpreter, and one that is going down aborts the process then, after all was done and saved.

    Args:
        status: The exit status.
        args: With ``launcher``.
    """
    if args.launcher != 'none':
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def build_runner(cfg: Config, training: bool) -> Runner:
    """Build a Runner with all that it would build later: data, metrics and optimisers.

    Args:
        cfg: The configuration.
        training: Whether it will train, or else test.

    Returns:
        The Runner, ready for `train()` or `test()`.

    Raises:
        ConfigError: If a part refuses its settings or does not find its files.
    """
    # Here, as it brings all of MMPose's hooks along.
    from kpgan_mm.engine import ProcessRunner

    try:
        runner = ProcessRunner.from_cfg(cfg)
        # in the order of Runner.train
        if training:
            _ = runner.train_loop
            runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
            _ = runner.val_loop
        else:
            _ = runner.test_loop
    except (CheckpointError, ConfigError):
        raise
    except (ValueError, FileNotFoundError) as error:
        raise ConfigError(' '.join(str(error).split()) or repr(error)) from error
    return runner


def report(*lines: str) -> None:
    """Print lines, in the first process only."""
    if get_rank() == 0:
        print(*lines, sep='\n', flush=True)
