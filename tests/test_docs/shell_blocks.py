"""Checks shell blocks: bash runs them among programs that only write down how they were called; each call is checked.

So quoting, loops, variables and line ends mean what they mean to bash, and nothing is trained or installed.
"""

import argparse
import functools
import inspect
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest import mock

from mmengine.config import Config
from mmengine.registry import DefaultScope

from kpgan_mm.utils.config import load_config
from tests.test_docs.config_values import accepted_names, resolve_type
from tests.toys import ROOT

# Programs that blocks may call. All only write down their arguments, but those of _REAL.
_RECORDED = ('python', 'kpgan', 'make', 'pip', 'torchrun', 'srun', 'tensorboard')
_REAL = ('bash', 'cp', 'mkdir', 'env', 'nice', 'dirname', 'basename', 'ls', 'sed', 'tr', 'date')
_RECORDER = '#!/bin/bash\nprintf "%s\\0" "$(($# + 1))" "${0##*/}" "$@" >> "$CALLS"\n'
# The newest checkpoint of a run that nobody has made.
_CAT = '#!/bin/bash\n[[ $1 == *last_checkpoint && ! -e $1 ]] && echo CHECKPOINT || exec /bin/cat "$@"\n'
# The folder of an activated environment is no concern of a test.
_PREAMBLE = 'set -eu -o pipefail\nsource() { [[ $1 == */bin/activate ]] || builtin source "$@"; }\n'
# Words in capitals stand for something of the reader's.
_PLACEHOLDER = re.compile(r'[A-Z][A-Z0-9_]*$')
_CONFIG = 'configs/kpgan_puppets.py'
# Top-level keys that MMEngine's Runner takes whether a configuration has them or not.
_RUNNER_KEYS = ('load_from', 'resume', 'work_dir', 'launcher', 'randomness', 'env_cfg', 'visualizer', 'auto_scale_lr')


class BlockError(AssertionError):
    """A block that would fail for the reader."""


class _Parsed(Exception):
    """Carries a tool's arguments out of it, before it does anything."""


def make_programs(folder: Path) -> None:
    """Writes the programs that blocks may call into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*_RECORDED, 'cat'):
        file = folder / name
        file.write_text(_CAT if name == 'cat' else _RECORDER)
        file.chmod(0o755)
    for name in _REAL:
        for real in (Path('/bin') / name, Path('/usr/bin') / name):
            if real.exists():
                (folder / name).symlink_to(real)
                break


def calls_of(script: str, workspace: Path) -> list[list[str]]:
    """Runs a script in bash and returns the calls of programs, as lists of words.

    Args:
        script: The block.
        workspace: Folder with `bin/` of `make_programs`, in which the script runs.

    Raises:
        BlockError: If bash stops: a mistake in the syntax, an unknown program or variable, a missing file.
    """
    calls = workspace / 'calls'
    calls.write_bytes(b'')
    done = subprocess.run(
        ['/bin/bash', '-c', _PREAMBLE + script],
        cwd=workspace,
        env=dict(PATH=str(workspace / 'bin'), CALLS=str(calls), HOME=str(workspace), LC_ALL='C.UTF-8'),
        capture_output=True,
        text=True,
        timeout=60,
    )
    if done.returncode:
        raise BlockError(f'bash: {done.stderr.strip() or done.returncode}')
    words = calls.read_bytes().decode().split('\0')[:-1]
    found = []
    while words:
        count = int(words[0])
        found.append(words[1 : 1 + count])
        words = words[1 + count :]
    return found


def check_call(call: Sequence[str], workspace: Path) -> None:
    """Checks that a program takes these arguments.

    Raises:
        BlockError: If it would refuse them.
    """
    program, *arguments = call
    if program == 'torchrun':
        program, arguments = 'python', ['-m', 'torch.distributed.run', *arguments]
    if program == 'srun':
        script = next((place for place, word in enumerate(arguments) if word.endswith('.py')), None)
        if script is None:
            raise BlockError(f'srun starts no Python file: {arguments}')
        arguments = arguments[script:]
        arguments = arguments[: arguments.index('[arguments')] if '[arguments' in arguments else arguments
        program = 'python'
    if program == 'python':
        _check_python(arguments, workspace)
    elif program == 'kpgan':
        check_kpgan(arguments)
    elif program == 'make':
        check_make(arguments)
    elif program == 'pip':
        check_pip(arguments)


def _check_python(arguments: list[str], workspace: Path) -> None:
    while arguments and arguments[0] in ('-u', '-W', '-X'):
        arguments = arguments[2 if arguments[0] in ('-W', '-X') else 1 :]
    if not arguments:
        raise BlockError('python is called without a file')
    if arguments[0] == '-c':
        compile(arguments[1], '<python -c>', 'exec')
    elif arguments[:2] == ['-m', 'torch.distributed.run']:
        script = next((place for place, word in enumerate(arguments) if word.endswith('.py')), None)
        if script is None:
            raise BlockError('torch.distributed.run starts no file')
        _check_python(arguments[script:], workspace)
    elif arguments[:2] == ['-m', 'pip']:
        check_pip(arguments[2:])
    elif arguments[:2] == ['-m', 'kpgan_mm.cli']:
        check_kpgan(arguments[2:])
    elif arguments[0] == '-m':
        module = ROOT / arguments[1].replace('.', '/')
        file = module / '__main__.py' if module.is_dir() else module.with_suffix('.py')
        check_tool(file, arguments[2:], workspace)
    else:
        check_tool(ROOT / os.path.relpath(workspace / arguments[0], workspace), arguments[1:], workspace)


def check_tool(file: Path, arguments: Sequence[str], workspace: Path) -> argparse.Namespace | None:
    """Has a tool's own parser read arguments, and looks at configurations and options among them.

    Args:
        file: The tool.
        arguments: Its arguments; words in capitals stand for a file or folder.
        workspace: Folder relative to which paths are.

    Returns:
        What the parser made of them, or None for a request of help.

    Raises:
        BlockError: If there is no such tool, or it refuses the arguments, or an option names no setting.
    """
    if not file.is_file():
        raise BlockError(f'there is no {file.relative_to(ROOT)}')
    if file.name == 'dist_run.py':  # starts one of two tools; the last of its own words is the number of processes
        tool, *words = arguments
        words = words[: words.index('[arguments')] if '[arguments' in words else words  # as in a synopsis
        own = dict(train=2, test=3)[tool]
        if not re.fullmatch('N|[0-9]+', words[own - 1]):
            raise BlockError(f'dist_{tool}.sh wants a number of processes after {words[: own - 1]}')
        return check_tool(ROOT / 'tools' / f'{tool}.py', words[: own - 1] + words[own:], workspace)
    try:
        parsed = parse(file, arguments)
    except SystemExit as stop:
        if stop.code:
            raise BlockError(f'{file.relative_to(ROOT)} refuses {list(arguments)}: {stop.code}') from stop
        return None
    configs = getattr(parsed, 'config', None) or getattr(parsed, 'benchmark', None) or []
    configs = [configs] if isinstance(configs, str | Path) else configs
    for config in configs:
        config = _CONFIG if _PLACEHOLDER.match(str(config)) else config
        if not (workspace / config).is_file():
            raise BlockError(f'there is no configuration {config}')
        if not getattr(parsed, 'benchmark', None):
            for key in getattr(parsed, 'cfg_options', None) or {}:
                check_option(str(workspace / config), key)
    return parsed


def parse(file: Path, arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments of a tool as its own parser reads them; the tool does nothing else.

    Raises:
        SystemExit: As by the parser; its code is the parser's sentence.
    """
    read = argparse.ArgumentParser.parse_args

    def parse_and_stop(self, args=None, namespace=None):
        raise _Parsed(read(self, args, namespace))

    def refuse(self, message):
        raise SystemExit(message)

    module = _tool(str(file))
    start = module.get('parse_args') or module.get('main')
    if start is None:
        raise BlockError(f'{file.relative_to(ROOT)} has neither parse_args nor main')
    with (
        mock.patch.object(argparse.ArgumentParser, 'parse_args', parse_and_stop),
        mock.patch.object(argparse.ArgumentParser, 'error', refuse),
        mock.patch.object(sys, 'argv', [str(file), *map(str, arguments)]),
    ):
        try:
            start(*[list(arguments)] * _wants_arguments(start))
        except _Parsed as parsed:
            return parsed.args[0]
    raise BlockError(f'{file.relative_to(ROOT)} does not read its arguments by argparse')


def _wants_arguments(function: Callable) -> bool:
    return any(one.default is one.empty for one in inspect.signature(function).parameters.values())


@functools.cache
def _tool(file: str) -> dict:
    """The names of a tool, which is no package's module."""
    with mock.patch.object(sys, 'path', [str(Path(file).parent), *sys.path]):
        return runpy.run_path(file, run_name='tool')


@functools.cache
def _config(path: str) -> Config:
    return load_config(path)


def check_option(config: str, key: str) -> None:
    """Checks that a key of `--cfg-options` is a setting of a configuration.

    Args:
        config: Its file.
        key: Dotted; with the prefix `regressor.`, of the pre-training that it names.

    Raises:
        BlockError: If it is none: MMEngine would add it, and nothing would read it.
    """
    cfg = _config(config)
    if key.startswith('regressor.') and cfg.get('regressor_pretraining'):
        check_option(cfg.regressor_pretraining, key.removeprefix('regressor.'))
        return
    value, parts = cfg, key.split('.')
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        if isinstance(value, list | tuple) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict | Config) and part in value:
            value = value[part]
        elif last and (part in _RUNNER_KEYS if value is cfg else _takes(value, part)):
            return
        else:
            raise BlockError(f'{Path(config).name} has no setting {key}')


def _takes(value, name: str) -> bool:
    """Whether the class that a part of a configuration names has such an argument."""
    if not isinstance(value, dict) or 'type' not in value:
        return False
    names = accepted_names(resolve_type(value['type']))
    return names is None or name in names


def check_kpgan(arguments: Sequence[str]) -> None:
    """Has the parser of `kpgan` read arguments.

    Raises:
        BlockError: If it refuses them.
    """
    import click
    from typer.main import get_command

    from kpgan_mm.cli.app import app

    command = get_command(app)
    words = [str(ROOT) if _PLACEHOLDER.match(word) else word for word in arguments]
    try:
        context = command.make_context('kpgan', list(words))
        name, sub, rest = command.resolve_command(context, context._protected_args + context.args)
        sub.make_context(name, rest, parent=context)
    except (SystemExit, click.exceptions.Exit) as stop:
        if getattr(stop, 'code', None) or getattr(stop, 'exit_code', 0):
            raise BlockError(f'kpgan refuses {words}') from stop
    except Exception as error:
        raise BlockError(f'kpgan refuses {words}: {getattr(error, "message", error)}') from error


def check_make(arguments: Sequence[str]) -> None:
    """Checks that the Makefile has the targets and variables of a call.

    Raises:
        BlockError: If it lacks one.
    """
    text = (ROOT / 'Makefile').read_text()
    for word in arguments:
        name, sign, _ = word.partition('=')
        wanted = rf'\$\({name}\)|^{name} *[:?]?=' if sign else rf'^{re.escape(name)}:'
        if not re.search(wanted, text, re.MULTILINE):
            raise BlockError(f'the Makefile has no {"variable" if sign else "target"} {name}')


def check_pip(arguments: Sequence[str]) -> None:
    """Checks that the extras of a call of pip are those of the package, and its requirements are well formed.

    Raises:
        BlockError: If not.
    """
    from packaging.requirements import InvalidRequirement, Requirement
    from setuptools.config.setupcfg import read_configuration

    command, *words = arguments
    if command != 'install':
        raise BlockError(f'pip {command} is not known to the tests')
    extras = set(read_configuration(ROOT / 'setup.cfg')['options']['extras_require'])
    for word in words:
        if word.startswith('-') or (word.startswith('.') and '[' not in word) or word.endswith('.txt'):
            continue
        try:
            requirement = Requirement(f'kpgan_mm{word[1:]}' if word.startswith('.[') else word)
        except InvalidRequirement as error:
            raise BlockError(f'pip cannot read {word!r}: {error}') from error
        if requirement.name in ('kpgan_mm', 'kpgan-mm') and not requirement.extras <= extras:
            raise BlockError(f'setup.cfg has no extra {", ".join(requirement.extras - extras)}')


def check_block(script: str, workspace: Path) -> list[list[str]]:
    """Checks a block; returns the calls of programs in it.

    Raises:
        BlockError: If a command in it would be refused.
    """
    calls = calls_of(script, workspace)
    with DefaultScope.overwrite_default_scope('mmpose'):
        for call in calls:
            check_call(call, workspace)
    return calls
