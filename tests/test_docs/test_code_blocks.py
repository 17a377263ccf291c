"""Every fenced block of README and docs/ is what it says: Python that runs, commands that their programs accept."""

import json
import os
import re
import subprocess

import pytest
import yaml

from tests.test_docs.blocks import all_blocks, blocks_of
from tests.test_docs.python_blocks import run_page
from tests.test_docs.shell_blocks import BlockError, calls_of, check_block, check_tool
from tests.test_docs.workspace import make_checkpoints, make_workspace
from tests.toys import ROOT, forget_runs, load_tool

BLOCKS = all_blocks()
TESTED = [block for block in BLOCKS if block.reason is None]
LANGUAGES = {'bash', 'python', 'text', 'yaml', 'json', 'bibtex'}
# Blocks that nothing here can check, each with its reason on the page. More need a better reason than convenience.
NOT_TESTED = 1
PROGRAMS = re.compile(r'\s*(\$ )?(python|pip|make|kpgan|torchrun|bash) [\w./-]')


@pytest.fixture(scope='module')
def workspace(tmp_path_factory):
    """A folder with what the pages speak of, and the working directory as long as it is used."""
    folder = make_workspace(tmp_path_factory.mktemp('reader'), BLOCKS)
    before = os.getcwd()
    os.chdir(folder)
    make_checkpoints(folder)
    yield folder
    os.chdir(before)


def test_there_are_blocks():
    assert len(BLOCKS) > 80


def test_a_block_says_its_language():
    silent = [str(block) for block in BLOCKS if block.language not in LANGUAGES]
    assert not silent, f'write ```bash, python, yaml, json, bibtex, or text for what no program reads: {silent}'


def test_text_blocks_hide_no_commands():
    hidden = [
        str(block) for block in TESTED if block.language == 'text' and any(map(PROGRAMS.match, block.text.splitlines()))
    ]
    assert not hidden, f'these commands belong in ```bash blocks: {hidden}'


def test_blocks_that_are_not_tested_are_few_and_say_why():
    skipped = [f'{block} ({block.reason})' for block in BLOCKS if block.reason is not None]
    assert len(skipped) <= NOT_TESTED, f'test these blocks rather than raising NOT_TESTED: {skipped}'


@pytest.mark.parametrize('page', sorted({block.page for block in TESTED if block.language == 'python'}))
def test_python_runs(page, workspace):
    run_page([block for block in TESTED if block.page == page and block.language == 'python'], workspace)


@pytest.mark.parametrize('block', [pytest.param(one, id=str(one)) for one in TESTED if one.language == 'bash'])
def test_commands_are_accepted(block, workspace):
    assert check_block(block.text, workspace), 'no program that the tests know is called'


def test_data_is_well_formed():
    for block in TESTED:
        if block.language == 'json':
            json.loads(block.text)
        elif block.language == 'yaml':
            yaml.safe_load(block.text)


def test_bibtex_is_closed():
    for block in TESTED:
        if block.language == 'bibtex':
            assert block.text.startswith('@') and block.text.count('{') == block.text.count('}')


def test_the_five_steps_by_hand_run(workspace):
    """Its commands, with the options that it names for a first try, on the videos that its first block makes."""
    blocks = [block for block in TESTED if block.page == 'docs/own_config.md']
    run_page([block for block in blocks if block.language == 'python'][:1], workspace)
    commands = [call[1:] for block in blocks if block.language == 'bash' for call in calls_of(block.text, workspace)]
    steps = {command[0]: command[1:] for command in commands if 'my_video' in ' '.join(command)}
    text = (ROOT / 'docs/own_config.md').read_text()
    options = re.search(r'`--cfg-options ([^`]*max_iters=2[^`]*)`', text)[1].split()

    assert {'tools/misc/browse_dataset.py', 'tools/train.py', 'tools/predict.py'} <= set(steps)
    load_tool('misc/browse_dataset').main(steps['tools/misc/browse_dataset.py'])
    assert (workspace / 'dataset.png').is_file()
    train = load_tool('train')
    assert train.run_tool(train.train, train.parse_args([*steps['tools/train.py'], '--cfg-options', *options])) == 0
    last = (workspace / 'work_dirs/my_video/last_checkpoint').read_text()
    forget_runs()
    words = [last if word == 'CHECKPOINT' or word.endswith('.pth') else word for word in steps['tools/predict.py']]
    load_tool('predict').main(words)
    assert {'predictions.csv', 'overlay.mp4'} <= {file.name for file in (workspace / 'predictions').iterdir()}


TOOLS = sorted(
    file
    for file in ROOT.glob('tools/**/*.py')
    if 'ArgumentParser' in file.read_text() and '__main__' in file.read_text()
)


@pytest.mark.parametrize('tool', [str(file.relative_to(ROOT)) for file in TOOLS])
def test_every_tool_explains_itself(tool, capsys, tmp_path):
    assert check_tool(ROOT / tool, ['--help'], tmp_path) is None
    assert 'usage:' in capsys.readouterr().out


def test_make_help_lists_every_target():
    shown = subprocess.run(['make', 'help'], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in re.search(r'^\.PHONY: (.*)', (ROOT / 'Makefile').read_text(), re.MULTILINE)[1].split():
        assert f'make {target}' in shown


def test_kpgan_help_lists_every_command():
    from typer.testing import CliRunner

    from kpgan_mm.cli.app import app

    run = CliRunner()
    shown = run.invoke(app, ['--help']).output
    for command in app.registered_commands:
        name = command.name or command.callback.__name__.rstrip('_').replace('_', '-')
        assert name in shown
        assert run.invoke(app, [name, '--help']).exit_code == 0


@pytest.mark.parametrize(
    'script, message',
    [
        ('python tools/trian.py configs/kpgan_puppets.py', 'there is no tools/trian.py'),
        ('python tools/train.py configs/kpgan_pupets.py', 'there is no configuration configs/kpgan_pupets.py'),
        ('python tools/train.py', 'required: config'),
        ('python tools/train.py CONFIG --ampp', 'refuses'),
        ('python tools/train.py CONFIG --cfg-options train_cfg.max_iter=2', 'no setting train_cfg.max_iter'),
        (
            'python tools/train.py CONFIG --cfg-options regressor.trian_cfg.max_iters=2',
            'no setting trian_cfg.max_iters',
        ),
        ('for config in kpgan_puppets kpgan_pupets; do python tools/train.py configs/$config.py; done', 'kpgan_pupets'),
        ('python tools/train.py "configs/kpgan_puppets.py', 'bash'),
        ('python tools/train.py $UNSET', 'bash'),
        ('pyhton tools/train.py CONFIG', 'bash'),
        ('kpgan trian', 'kpgan refuses'),
        ('kpgan train --ampp', 'kpgan refuses'),
        ('make instal', 'no target instal'),
        ('make test PYTESTARGS=tests', 'no variable PYTESTARGS'),
        ("pip install 'kpgan_mm[exprot]'", 'no extra exprot'),
    ],
)
def test_a_broken_command_is_found(script, message, workspace):
    with pytest.raises(BlockError, match=re.escape(message)):
        check_block(script, workspace)


@pytest.mark.parametrize(
    'script',
    [
        'python tools/train.py CONFIG --cfg-options train_cfg.max_iters=2 regressor.train_cfg.max_iters=2 resume=True',
        'python tools/test.py CONFIG $(cat work_dirs/kpgan_puppets/last_checkpoint) \\\n    --out x.json  # figures',
        'source .venv/bin/activate\nOPTIONS="--amp"\npython tools/train.py CONFIG $OPTIONS',
        'env OMP_NUM_THREADS=1 python tools/train.py CONFIG',
        'make demo DEMO_ARGS="--work-dir x"',
        "pip install -e '.[tensorboard]'",
    ],
)
def test_a_sound_command_passes(script, workspace):
    assert check_block(script, workspace)


BROKEN_PYTHON = dict(
    syntax='x = (1',
    name='predict(nothing)',
    module='import kpgan_mm.api',
    type="prior = dict(type='kpgan_mm.NpzPosePriors')",
    argument="prior = dict(type='kpgan_mm.NpzPosePrior', files='x.npz')",
    nested="model = dict(reconstruction_loss=dict(type='kpgan_mm.PerceptualLoss', layer=['features.1']))",
    base="_base_ = ['kpgan_pupets.py']",
    width="_base_ = ['kpgan_puppets.py']\nmodel = dict(head=dict(input_sizes=(64, 64)))",
)


@pytest.mark.parametrize('broken', BROKEN_PYTHON)
def test_broken_python_is_found(broken, workspace):
    page = blocks_of(f'```python\n{BROKEN_PYTHON[broken]}\n```\n', 'page.md')
    with pytest.raises(AssertionError, match='page.md:1'):
        run_page(page, workspace)


def test_blocks_are_read_as_markdown_has_them():
    page = 'Text.\n\n`configs/a.py`:\n\n```python\nx = 1\n```\n\n- item\n\n  ```bash\n  make help\n  ```\n'
    page += '\n<!-- not tested: wants a webcam -->\n```bash\nlook\n```\n'
    first, second, third = blocks_of(page, 'page.md')
    assert (first.line, first.language, first.text, first.file) == (5, 'python', 'x = 1\n', 'configs/a.py')
    assert (second.text, second.reason) == ('make help\n', None)
    assert third.reason == 'wants a webcam'
    with pytest.raises(ValueError, match='page.md:1: the fence is not closed'):
        blocks_of('```bash\nmake\n', 'page.md')
