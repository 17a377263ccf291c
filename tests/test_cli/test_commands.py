"""From videos to predictions by the command line alone, and what it says where something is missing."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from yapf.yapflib import yapf_api

from kpgan_mm.apis import init_keypoint_model, predict
from kpgan_mm.cli.config_text import formatted_once
from kpgan_mm.cli.progress import TrainProgressHook
from kpgan_mm.datasets.video_files import video_frames
from kpgan_mm.utils.config import load_config

from .conftest import SIZE, run, write_video


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


@pytest.fixture
def quick(monkeypatch):
    """Most of the time would go into line breaks in the texts of configurations."""
    monkeypatch.setattr(yapf_api, 'FormatCode', lambda text, **options: (text, True))


def succeed(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, f'{result.output}\n{result.exception!r}'
    return result.output


def refused(*arguments):
    result = run(*arguments)
    assert result.exit_code == 2 and 'Traceback' not in result.output
    return ' '.join(result.output.split())


def test_from_videos_to_predictions(place, quick):
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
    # header and 24 frames
    assert len((out / 'predictions.csv').read_text().splitlines()) == 3 + 24
    config, weights = place / 'project' / 'config.py', place / 'project' / 'runs' / 'iter_2.pth'
    x, y, width, height = load_config(config).crop
    assert (width, height) != SIZE
    frames = [image for _, image in video_frames(place / 'videos' / 'bird.mp4')]
    model = init_keypoint_model(config, weights)
    inside, whole = predict(model, frames, (x, y, x + width, y + height)), predict(model, frames)
    found = np.load(out / 'predictions.npz')['keypoints']
    np.testing.assert_allclose(found, inside, atol=1e-2)
    assert np.abs(found - whole).max() > 1
    assert 'predict: 24/24 frames' in printed
    result = run('predict', 'videos/bird.mp4', 'project', '--smooth', 4)
    assert result.exit_code == 2 and 'error: ' in result.output

    assert 'docs/export.md' in succeed('export', 'project', '--format', 'slim')
    assert list((place / 'project' / 'exported').iterdir())

    check_other_videos(place)
    check_other_places(place)
    check_earlier_runs(place)


def check_other_videos(place):
    """Of the same name, of another size, and where each frame would need a box of its own."""
    (place / 'second').mkdir()
    write_video(place / 'second' / 'bird.mp4', 3)
    table = place / 'project' / 'predictions' / 'bird' / 'predictions.csv'
    first = table.read_text()
    for _ in range(2):  # the second time into its own folder
        assert 'another source, so these go to project/predictions/bird_2' in succeed(
            'predict', 'second/bird.mp4', 'project'
        )
    assert table.read_text() == first
    assert len((place / 'project/predictions/bird_2/predictions.csv').read_text().splitlines()) == 3 + 3
    assert not (place / 'project' / 'predictions' / 'bird_3').exists()
    succeed('predict', 'videos/bird.mp4', 'project', '--max-frames', 2)
    assert len(table.read_text().splitlines()) == 3 + 2

    write_video(place / 'small.mp4', 3, (48, 48))
    assert 'of 48 x 48 pixels' in refused('predict', 'small.mp4', 'project')
    succeed('predict', 'small.mp4', 'project', '--box', 0, 0, 48, 48)

    data = place / 'project' / 'data.py'
    text = data.read_text()
    data.write_text(text + "\nboxes = 'boxes.csv'\n")
    Path('boxes.csv').write_text('video,frame,x,y,width,height\nbird,1,0,0,48,48\nbird,2,0,0,48,48\n')
    assert 'left out 22 frames without a box' in succeed('predict', 'videos', 'project')
    assert 'boxes.csv has boxes for no file of small.mp4; it names bird' in refused('predict', 'small.mp4', 'project')
    printed = refused('predict', 'second/bird.mp4', 'project')
    assert 'boxes.csv are those of' in printed and 'videos/bird.mp4, and second/bird.mp4 is another video' in printed
    assert '--boxes TABLE.csv' in refused('predict', 'second', 'project')
    assert 'without a box' in succeed('predict', 'second/bird.mp4', 'project', '--boxes', 'boxes.csv')
    Path('boxes.csv').write_text('video,frame,x,y,width,height\nbird,1,1000,0,48,48\n')
    assert 'bird.mp4, x 1000 to 1048' in refused('predict', 'videos', 'project')
    Path('boxes.csv').unlink()
    assert 'box table boxes.csv does not exist' in refused('predict', 'videos', 'project')
    both = ('--box', 0, 0, 48, 48, '--boxes', 'boxes.csv')
    assert 'give one of them' in refused('predict', 'small.mp4', 'project', *both)
    data.write_text(text)


def check_other_places(place):
    """Each of two copies uses its own checkpoint, and so does a project that was moved."""
    shutil.copytree(place / 'project', place / 'copy')
    shutil.move(place / 'project', place / 'moved')
    for name in ('copy', 'moved'):
        assert f'{name}/runs/iter_2.pth' in succeed('test', name)
    assert 'other settings' not in succeed('train', 'moved', '--no-amp', '--overwrite')
    shutil.move(place / 'moved', place / 'project')


def check_earlier_runs(place):
    """They are not lost to a second `kpgan train`."""
    runs = place / 'project' / 'runs'
    weights = (runs / 'iter_2.pth').read_bytes()
    text = refused('train', 'project', '--no-amp')
    assert '(iter_2.pth): give --resume to go on with it, --work-dir FOLDER' in text and '--overwrite' in text
    assert 'give one of them' in refused('train', 'project', '--resume', '--overwrite')
    assert 'nothing.npz' in refused('train', 'project', '--no-amp', '--overwrite', '--set', 'load_from=nothing.npz')
    assert (runs / 'iter_2.pth').read_bytes() == weights
    (runs / 'iter_900.pth').touch()
    printed = succeed('train', 'project', '--no-amp', '--overwrite')
    assert 'training: 2/2 iterations' in printed and 'regressor: 2/2' not in printed
    assert not (runs / 'iter_900.pth').exists() and (runs / 'iter_2.pth').is_file()


def test_ctrl_c_loses_little(place, quick, monkeypatch):
    """In both stages, and each goes on from its checkpoint."""
    after, stop = TrainProgressHook.after_train_iter, {}

    def interrupted(self, runner, *arguments, **options):
        after(self, runner, *arguments, **options)
        if stop.get(self.name) == runner.iter + 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(TrainProgressHook, 'after_train_iter', interrupted)
    options = ('--videos', 'videos', '--skeleton', 'bird.yaml', '--iterations', 8)
    succeed('init', 'project', *options, '--prior', 'labels.csv')
    make_small(place / 'project')
    train = ('train', 'project', '--no-amp')

    stop['regressor'] = 1
    result = run(*train)
    assert result.exit_code == 130 and 'Stopped before the first checkpoint; `kpgan train project`' in result.output
    for at in (3, 5):
        stop['regressor'] = at
        result = run(*train, *['--resume'] * (at == 5))
        assert result.exit_code == 130 and '`kpgan train project --resume` goes on' in result.output
        assert (place / f'project/runs/regressor/iter_{at - 1}.pth').is_file()
        assert '(regressor/iter_' in refused(*train)
    stop.update(regressor=None, training=3)
    assert run(*train, '--resume').exit_code == 130
    regressor = torch.load(place / 'project/runs/regressor/regressor.pth', weights_only=True)
    assert regressor['meta']['iter'] == 8
    stop.clear()
    assert 'training: 8/8 iterations' in succeed(*train, '--resume')


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
