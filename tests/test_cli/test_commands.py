"""From videos to predictions by the command line alone, and what it says where something is missing."""

import json
import subprocess
import sys

import pytest
from mmengine.config import Config
from yapf.yapflib import yapf_api

from kpgan_mm.cli.config_text import formatted_once

from .conftest import run


def make_small(project):
    """Networks of two channels, so that the test takes seconds."""
    for name in ('_base_/models/keypoint_gan_64.py', 'regressor.py'):
        file = project / name
        text = (
            file.read_text()
            .replace('base_channels=16', 'base_channels=2')
            .replace('base_channels=32', 'base_channels=2')
        )
        file.write_text(text.replace('widths=(16, 32, 64, 64)', 'widths=(2, 2, 2, 2)'))


def test_from_videos_to_predictions(place, monkeypatch):
    # Most of the time would go into line breaks in the texts of configurations.
    monkeypatch.setattr(yapf_api, 'FormatCode', lambda text, **options: (text, True))

    def succeed(*arguments):
        result = run(*arguments)
        assert result.exit_code == 0, f'{result.output}\n{result.exception!r}'
        return result.output

    options = ('--videos', 'videos', '--skeleton', 'bird.yaml', '--iterations', 2)
    succeed('init', 'project', *options, '--prior', 'labels.csv', '--labels', 'labels.csv')
    make_small(place / 'project')
    assert 'kpgan train project' in succeed('check', 'project')

    printed = succeed('train', 'project', '--no-amp')
    assert 'regressor: 2/2 iterations' in printed and 'training: 2/2 iterations' in printed
    assert 'keypointgan/error' in printed and 'kpgan test project' in printed
    assert (place / 'project' / 'runs' / 'iter_2.pth').is_file()

    assert 'ratio_to_mean_prior' in succeed('test', 'project')
    figures = json.loads((place / 'project' / 'runs' / 'test.json').read_text())
    assert figures['keypointgan/mean_prior_error'] > 0

    printed = succeed('predict', 'videos/bird.mp4', 'project')
    out = place / 'project' / 'predictions' / 'bird'
    assert str(out.relative_to(place)) in printed and (out / 'overlay.mp4').is_file()
    # header and 24 frames, inside the crop that the project has
    assert len((out / 'predictions.csv').read_text().splitlines()) == 3 + 24
    assert 'predict: 24/24 frames' in printed
    result = run('predict', 'videos/bird.mp4', 'project', '--smooth', 4)
    assert result.exit_code == 2 and 'error: ' in result.output

    assert 'docs/export.md' in succeed('export', 'project', '--format', 'slim')
    assert list((place / 'project' / 'exported').iterdir())


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('check', 'nowhere'), 'There is no project or configuration nowhere'),
        (('train', 'videos'), 'videos is no project: it has no config.py'),
        (('test', 'videos'), 'videos is no project'),
        (('predict', 'nothing.mp4', 'videos'), 'There is no image, video or folder nothing.mp4'),
    ],
)
def test_what_is_not_there_is_named(place, arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2 and message in result.output and 'Traceback' not in result.output


def test_nothing_is_predicted_before_training(place):
    assert run('init', 'project', '--videos', 'videos', '--skeleton', 'bird.yaml').exit_code == 0
    for arguments in (('test', 'project'), ('predict', 'videos', 'project')):
        result = run(*arguments)
        assert result.exit_code == 2 and 'has no checkpoint yet: run `kpgan train` first' in result.output


def test_bad_data_are_found_by_check(place):
    assert (
        run('init', 'project', '--videos', 'videos', '--skeleton', 'bird.yaml', '--prior', 'labels.csv').exit_code == 0
    )
    (place / 'videos' / 'bird.mp4').write_bytes(b'no video any more')
    result = run('check', 'project')
    assert result.exit_code == 1 and 'bird.mp4' in result.output


@pytest.mark.parametrize('command', ['init', 'check', 'train', 'test', 'predict', 'export', 'studio'])
def test_help_everywhere(command):
    result = run(command, '--help')
    assert result.exit_code == 0 and 'Usage' in result.output and len(result.output) > 300


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, '-m', 'kpgan_mm.cli', '--help'], capture_output=True, text=True, check=True)
    assert 'init' in done.stdout and 'predict' in done.stdout


def test_texts_of_configurations_are_kept_and_the_same():
    cfg, original = Config(dict(a=dict(b=[1, 2]), c='d')), yapf_api.FormatCode
    expected = cfg.pretty_text
    with formatted_once():
        assert cfg.pretty_text == cfg.pretty_text == expected
        cfg.c = 'e'
        assert "'e'" in cfg.pretty_text
    assert yapf_api.FormatCode is original
