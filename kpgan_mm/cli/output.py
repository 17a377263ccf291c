"""What all commands print alike: tables, what was written, what comes next, and errors of one sentence."""

import functools
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from kpgan_mm.utils.checkpoint import CheckpointError
from kpgan_mm.utils.config import ConfigError
from kpgan_mm.utils.tool_runs import ToolError

WRONG_INPUT = 2


def console() -> Console:
    """The console of this moment, so that a redirected output is met; without a terminal lines are not broken."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=200)


def one_sentence(command: Callable) -> Callable:
    """Has a command end with one sentence and the exit status 2 where the user can mend what is wrong."""

    @functools.wraps(command)
    def guarded(*arguments, **options):
        try:
            return command(*arguments, **options)
        except (CheckpointError, ConfigError, ToolError) as error:
            print(f'error: {error}', file=sys.stderr)
        except SystemExit as error:
            if not isinstance(error.code, str):
                raise
            print(error.code, file=sys.stderr)  # tools end like this
        raise typer.Exit(WRONG_INPUT)

    return guarded


def command_line(*words: object) -> str:
    """A command to copy into the shell: words with blanks or other special characters in quotes."""
    return shlex.join(str(word) for word in words)


def finish(wrote: Iterable[str], steps: Sequence[tuple[str, str]] = ()) -> None:
    """The end of a command: what it wrote, and what to do next as (command, purpose)."""
    out = console()
    for line in wrote:
        out.print(f'[green]wrote[/] {escape(line)}', soft_wrap=True)
    if steps:
        out.print('[bold]next[/]')
        width = max(len(command) for command, _ in steps)
        for command, purpose in steps:  # never broken into lines, so that they can be copied
            out.print(Text.assemble(f'  {command:<{width}}  ', (f'# {purpose}', 'dim')), soft_wrap=True)


def metrics_table(title: str, metrics: dict[str, float]) -> Table:
    """Figures of a test."""
    table = Table(title=Text(title), title_justify='left')
    table.add_column('figure')
    table.add_column('value', justify='right')
    for name, value in metrics.items():
        table.add_row(Text(name), Text(f'{value:.4g}' if isinstance(value, float | int) else str(value)))
    return table
