"""Start tools/train.py or tools/test.py in several processes, by torchrun; see docs/distributed.md.

tools/dist_train.sh CONFIG N [arguments of train.py]
tools/dist_test.sh CONFIG CHECKPOINT N [arguments of test.py]
"""

import logging
import os
import signal
import sys
from pathlib import Path

USAGE = """\
usage: tools/dist_{tool}.sh {arguments} N [arguments of tools/{tool}.py]

Start tools/{tool}.py in N processes on this machine, one for each GPU, or on the CPU where there is none.

{explained}
  N           processes on this machine; train_dataloader.batch_size is that of one process
              (further arguments: python tools/{tool}.py --help)

environment variables:
  NNODES      machines (default: 1); start the same command on each
  NODE_RANK   number of this machine, from 0; machine 0 is MASTER_ADDR
  MASTER_ADDR address of machine 0 (needed for several machines)
  PORT        port on machine 0 (default: a free one; 29500 for several machines)
  PYTHON      interpreter (default: python)
"""
TOOLS = dict(
    train=dict(CONFIG='configuration file'),
    test=dict(CONFIG='configuration file', CHECKPOINT='checkpoint file'),
)


class UsageError(Exception):
    """What the user can mend, in one sentence."""


def main(argv: list[str]) -> int:
    """Run `train` or `test`, the first argument, with the others.

    Returns:
        The exit status: 0, 2 for what the user can mend, 1 where a process failed otherwise.
    """
    tool, *arguments = argv
    if not arguments or arguments[0] in ('-h', '--help'):
        explained = '\n'.join(f'  {name:<11} {what}' for name, what in TOOLS[tool].items())
        usage = USAGE.format(tool=tool, arguments=' '.join(TOOLS[tool]), explained=explained)
        print(usage, end='', file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    try:
        files, number, rest = split_arguments(tool, arguments)
        place = machines(os.environ)
        check_gpus(number)
        return launch(tool, number, place, [*files, *rest, '--launcher', 'pytorch'])
    except UsageError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2


def split_arguments(tool: str, arguments: list[str]) -> tuple[list[str], int, list[str]]:
    """The files, N, and what is left for the tool.

    Raises:
        UsageError: If a file is not there, or N is no number.
    """
    names = list(TOOLS[tool])
    command = f'tools/dist_{tool}.sh {" ".join(names)} N'
    if len(arguments) <= len(names):
        missing = [*names, 'N'][len(arguments)]
        raise UsageError(f'{missing} is missing: {command} [arguments of tools/{tool}.py].')
    files, number, rest = arguments[: len(names)], arguments[len(names)], arguments[len(names) + 1 :]
    if not Path(files[0]).is_file():
        raise UsageError(f'There is no configuration {files[0]}: {command}.')
    if not number.isdecimal() or int(number) < 1:
        raise UsageError(f'N, the number of processes, must be a number of at least 1, got {number!r}: {command}.')
    return files, int(number), rest


def machines(environment) -> list[str]:
    """Options of torchrun that say which machine this is, and where the first one listens.

    Raises:
        UsageError: If the environment variables do not fit together.
    """
    numbers = {}
    for name, default in (('NNODES', '1'), ('NODE_RANK', '0'), ('PORT', '0')):
        value = environment.get(name) or default
        if not value.isdecimal():
            raise UsageError(f'The environment variable {name} must be a number, got {value!r}.')
        numbers[name] = int(value)
    number, rank, port = numbers.values()
    if number < 1 or rank >= number:
        raise UsageError(f'NODE_RANK counts machines from 0 and must be less than NNODES={number}, got {rank}.')
    address = environment.get('MASTER_ADDR')
    if number > 1 and not address:
        raise UsageError('Several machines (NNODES > 1) need MASTER_ADDR, the address of machine 0.')
    if number > 1 and not environment.get('NODE_RANK'):
        raise UsageError(f'Several machines (NNODES > 1) need NODE_RANK, the number of this one: 0 to {number - 1}.')
    if number == 1 and not port:
        return ['--standalone']
    places = {'--nnodes': number, '--node-rank': rank, '--master-addr': address or '127.0.0.1'}
    return [str(part) for option in {**places, '--master-port': port or 29500}.items() for part in option]


def check_gpus(number: int) -> None:
    """Look whether every process gets a GPU, where there are any; share the processor's cores among them otherwise.

    Raises:
        UsageError: If there are fewer GPUs than processes.
    """
    import torch

    gpus = torch.cuda.device_count()
    if gpus and number > gpus:
        raise UsageError(
            f'{number} processes need {number} GPUs, and this machine has {gpus}: take N={gpus}, or set '
            'CUDA_VISIBLE_DEVICES= to train on the CPU.'
        )
    threads = 1 if gpus else max(1, len(os.sched_getaffinity(0)) // number)
    for name in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS'):
        os.environ.setdefault(name, str(threads))


def launch(tool: str, number: int, place: list[str], arguments: list[str]) -> int:
    """Run the tool in that many processes until all have ended, or one has failed; the others are ended then.

    Returns:
        The exit status, as `main` has it.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import parse_args, run

    # What they have to say is said below, in one sentence.
    for name in list(logging.root.manager.loggerDict):
        if name.startswith('torch.distributed.elastic'):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    script = str(Path(__file__).with_name(f'{tool}.py'))
    try:
        run(parse_args([*place, '--nproc-per-node', str(number), script, *arguments]))
    except ChildFailedError as error:
        rank, failure = first_failure(error.failures)
        print(f'error: {describe(tool, rank, failure)}', file=sys.stderr)
        return 2 if failure.exitcode == 2 else 1
    except SignalException as error:
        print(f'error: ended by {signal.Signals(error.sigval).name}, and with it all processes.', file=sys.stderr)
        return 128 + error.sigval
    return 0


def first_failure(failures: dict) -> tuple:
    """Number and failure of the process that the others failed for: a killed one, one that has something to say, ...

    Those that torchrun has ended, by SIGTERM, may be among the failures.
    """

    def order(item) -> tuple:
        _rank, failure = item
        return failure.exitcode == -signal.SIGTERM, failure.exitcode >= 0, failure.exitcode != 2, failure.timestamp

    return min(failures.items(), key=order)


def describe(tool: str, rank: int, failure) -> str:
    """One sentence about the process that failed first."""
    if failure.exitcode == 2 and 'message' in (said := failure.error_file_data['message']):
        # Written by run_tool: what the user can mend, behind the kind of the error.
        return said['message'].partition(': ')[2]
    # Status 2: nothing had begun.
    resumable = tool == 'train' and failure.exitcode != 2
    again = ' If it has saved a checkpoint, --resume goes on from there.' if resumable else ''
    if failure.exitcode < 0:
        cause = f'was killed by {signal.Signals(-failure.exitcode).name}'
        if failure.exitcode == -signal.SIGKILL:
            cause += ' (by hand, or for want of memory)'
    else:
        cause = f'ended with exit status {failure.exitcode}; what it said stands above'
    return f'process {rank} (pid {failure.pid}) {cause}, and the others were ended.{again}'


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
