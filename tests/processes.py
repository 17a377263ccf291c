"""Functions run by several processes that talk over gloo, each with one thread."""

import multiprocessing
import os
import socket
from collections.abc import Callable
from multiprocessing import forkserver

from tests.toys import ROOT


def run_processes(number: int, function: Callable, *args) -> None:
    """Run ``function(*args)`` in so many processes at once, in this folder, with the environment of torchrun.

    They are forked from a server that has imported everything and computed nothing: fresh interpreters would import for
    seconds, and PyTorch's autograd does not work in a fork of a process that has used it.

    Args:
        number: Of processes.
        function: Of a module, not a nested one.
        args: Its arguments.
    """
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['tests.everything'])
    folder = os.getcwd()
    try:
        os.chdir(ROOT)  # where the server, once started, looks for tests.everything
        forkserver.ensure_running()
    finally:
        os.chdir(folder)
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    started = [
        context.Process(target=_joined, args=(folder, rank, number, port, function, args), daemon=True)
        for rank in range(number)
    ]
    for process in started:
        process.start()
    for process in started:
        process.join(600)
    states = [process.exitcode for process in started]
    assert states == [0] * number, f'exit states of the processes: {states}'


def _joined(folder: str, rank: int, number: int, port: int, function: Callable, args: tuple) -> None:
    import torch

    os.chdir(folder)
    torch.set_num_threads(1)
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(number), MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port)
    )
    function(*args)
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
