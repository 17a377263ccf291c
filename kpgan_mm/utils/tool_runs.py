"""Run the command-line tools from another program, and follow how far they are."""

import os
import re
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

_STEP = re.compile(r'Iter\(train\)\s*\[\s*(\d+)/(\d+)\].*?eta: ((?:\d+ days?, )?[\d:]+)')
_LOSS = re.compile(r'\b((?:\w+/)?loss): (-?[\d.]+|nan)')


class ToolError(RuntimeError):
    """A tool that was called failed; the message says which, and shows the end of what it printed."""


def run_tool(
    tool: Path, *arguments: str, log: Path, root: Path, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run one of the tools and yield the lines it prints, which are also written to a file.

    Args:
        tool: Its file.
        arguments: Its command line.
        log: Where its output goes; what is there is kept, and written after.
        root: The folder to run in.
        environment: Variables beside the present ones.

    Raises:
        ToolError: If it fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    last = deque(maxlen=15)
    with (
        log.open('a') as file,
        subprocess.Popen(
            [sys.executable, str(tool), *arguments],
            cwd=root,
            env={**os.environ, 'PYTHONUNBUFFERED': '1', **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            for line in process.stdout:
                file.write(line)
                last.append(line)
                yield line
        except BaseException:
            # the reader gave up (Ctrl-C, say): nothing may go on training unseen
            process.terminate()
            raise
    if process.returncode:
        raise ToolError(f'{tool.name} {arguments[0]} failed; the end of {log}:\n{"".join(last)}')


def parse_step(line: str) -> tuple[int, int, str, str] | None:
    """Iteration, number of iterations, time left and losses of a line of the log; None if it reports no iteration."""
    found = _STEP.search(line)
    if found is None:
        return None
    losses = ', '.join(f'{name.replace("/loss", "")} {float(value):.3g}' for name, value in _LOSS.findall(line))
    return int(found[1]), int(found[2]), found[3], losses


def bfloat16_is_faster() -> bool:
    """Whether this machine trains a convolution in bfloat16 at least 1.3 times as fast as in float32, by trial."""
    import torch

    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    layers = torch.nn.Sequential(torch.nn.Conv2d(32, 32, 3), torch.nn.ReLU(), torch.nn.Conv2d(32, 32, 3)).to(device)
    images = torch.rand(16, 32, 64, 64, device=device)
    seconds = {}
    for enabled in (False, True):
        for _ in range(3):  # the last one counts, the others warm up
            began = time.perf_counter()
            for _ in range(3):
                with torch.autocast(device, torch.bfloat16, enabled=enabled):
                    loss = layers(images).float().square().mean()
                loss.backward()
            loss.item()
            seconds[enabled] = time.perf_counter() - began
    return seconds[False] > 1.3 * seconds[True]
