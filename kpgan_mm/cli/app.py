"""All commands; each one is a file of commands/."""

import typer

from .commands.check import check
from .commands.export import export
from .commands.init import init
from .commands.predict import predict
from .commands.studio import studio
from .commands.test import test
from .commands.train import train

app = typer.Typer(
    help='Keypoints from unlabelled videos and unpaired poses: init, check, train, test, predict, export, studio.',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (init, check, train, test, predict, export, studio):
    app.command()(command)
