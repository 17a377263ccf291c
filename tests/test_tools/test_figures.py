"""The tools that draw figures 4, 9 and 10, with a tiny model and a few puppets."""

import json
import re

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from kpgan_mm.registry import MODELS
from tests.small_runs import puppet_config
from tests.toys import load_tool


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Config and checkpoint of a tiny model for puppets; random weights."""
    folder = tmp_path_factory.mktemp('figures')
    config = puppet_config(folder, 3)
    config.test_dataloader.dataset.update(num_videos=3, num_frames=3)
    config.dump(str(folder / 'tiny.py'))
    torch.manual_seed(0)
    model = MODELS.build(config.model.copy())
    torch.save({'meta': {}, 'state_dict': model.state_dict()}, folder / 'tiny.pth')
    return [str(folder / 'tiny.py'), str(folder / 'tiny.pth')]


@pytest.fixture(scope='module')
def without_generator(tmp_path_factory):
    """The same network as a stock estimator."""
    folder = tmp_path_factory.mktemp('deployed')
    config = puppet_config(folder, 3)
    parts = {name: config.model[name] for name in ('backbone', 'head')}
    config.model = dict(
        type='TopdownPoseEstimator', data_preprocessor=dict(type='kpgan_mm.FramePairDataPreprocessor'), **parts
    )
    config.dump(str(folder / 'deployed.py'))
    model = MODELS.build(Config(config.model.to_dict()).copy()._cfg_dict | dict(_scope_='mmpose'))
    torch.save({'state_dict': model.state_dict()}, folder / 'deployed.pth')
    return [str(folder / 'deployed.py'), str(folder / 'deployed.pth')]


@pytest.fixture
def image_file(tmp_path):
    path = tmp_path / 'frame.png'
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8))
    return str(path)


def test_leak_check(trained, tmp_path, capsys):
    out, figures = tmp_path / 'new' / 'leak.png', tmp_path / 'other' / 'leak.json'
    command = [*trained, '--num-pairs', '4', '--out', str(out), '--json', str(figures)]
    load_tool('analysis_tools/leak_check').main(command)
    assert cv2.imread(str(out)).shape == (20 + 8 * 132 + 4, 128 + 4 * 132, 3)
    printed = capsys.readouterr().out
    assert f'wrote {out} and {figures}' in printed and '4 pairs' in printed and 'control' in printed
    content = json.loads(figures.read_text())
    leak = content['leak_check']
    assert leak['score'] == pytest.approx(leak['clean_error'] - leak['raw_error'])
    assert leak['relative_score'] == pytest.approx(leak['score'] / leak['clean_error'])
    assert leak['num_pairs'] == content['control_same_video']['num_pairs'] == 4
    assert content['seed'] == 0 and content['checkpoint'] == trained[1]
    load_tool('analysis_tools/leak_check').main(command)
    assert json.loads(figures.read_text()) == content


def test_leak_check_of_single_frames_has_no_control(trained, tmp_path, capsys):
    options = ['test_dataloader.dataset.num_frames=1', 'test_dataloader.dataset.num_videos=7']
    command = [*trained, '--num-pairs', '7', '--out', str(tmp_path / 'leak.png'), '--cfg-options', *options]
    load_tool('analysis_tools/leak_check').main(command)
    assert 'the set has single frames' in capsys.readouterr().out
    # six of the seven pairs are shown
    assert cv2.imread(str(tmp_path / 'leak.png')).shape[1] == 128 + 6 * 132


def test_appearance_grid(trained, image_file, tmp_path, capsys):
    out = tmp_path / 'grid.png'
    main = load_tool('analysis_tools/appearance_grid').main
    main([*trained, '--out', str(out)])
    assert cv2.imread(str(out)).shape == (5 * 132 + 4, 128 + 6 * 132, 3)
    assert f'wrote {out}: 4 poses (rows) in 5 appearances (columns)' in capsys.readouterr().out
    main([*trained, '--out', str(out), '--geometry', image_file])
    assert cv2.imread(str(out)).shape == (2 * 132 + 4, 128 + 6 * 132, 3)
    main([*trained, '--out', str(out), '--geometry', image_file, '--appearance', image_file, image_file])
    assert cv2.imread(str(out)).shape == (2 * 132 + 4, 128 + 3 * 132, 3)


def test_edit_keypoints(trained, image_file, tmp_path, capsys):
    out = tmp_path / 'edited.png'
    moves = ['--move', 'left_wrist', '10', '-20', '--move', 'neck', '0.5', '0']
    load_tool('analysis_tools/edit_keypoints').main([*trained, image_file, *moves, '--steps', '2', '--out', str(out)])
    assert cv2.imread(str(out)).shape == (20 + 3 * 132 + 4, 128 + 4 * 132, 3)
    printed = capsys.readouterr().out
    assert (
        re.search(r'left_wrist: \(-?[\d.]+, -?[\d.]+\) -> \(', printed)
        and 'neck: (' in printed
        and f'wrote {out}' in printed
    )


def test_edit_a_sample_of_the_test_set(trained, tmp_path):
    main = load_tool('analysis_tools/edit_keypoints').main
    out = tmp_path / 'edited.png'
    main([*trained, '8', '--move', 'neck', '1', '2', '--steps', '1', '--out', str(out)])
    assert cv2.imread(str(out)).shape == (20 + 3 * 132 + 4, 128 + 3 * 132, 3)
    with pytest.raises(SystemExit, match='error: the test set has 9 samples, numbered from 0, and no 9'):
        main([*trained, '9', '--move', 'neck', '1', '2'])


def test_wrong_moves(trained, image_file):
    main = load_tool('analysis_tools/edit_keypoints').main
    for moves, complaint in (
        (['--move', 'tail', '1', '2'], "no keypoint 'tail' to move; there are head_top, neck"),
        (['--move', 'neck', 'a', '2'], 'a name and two numbers of pixels, got neck a 2'),
        (['--move', 'neck', '1', '2', '--move', 'neck', '1', '2'], 'neck twice'),
        (['--move', 'neck', '1', '2', '--steps', '0'], 'steps must be at least 1'),
    ):
        with pytest.raises(SystemExit, match=f'error: .*{complaint}'):
            main([*trained, image_file, *moves])
    with pytest.raises(SystemExit, match='error: image .* does not exist'):
        main([*trained, 'nothing.png', '--move', 'neck', '1', '2'])


@pytest.mark.parametrize('tool', ['leak_check', 'appearance_grid', 'edit_keypoints'])
def test_what_every_tool_refuses(tool, trained, without_generator, image_file, tmp_path, capsys):
    main = load_tool(f'analysis_tools/{tool}').main
    rest = [image_file, '--move', 'neck', '1', '2'] if tool == 'edit_keypoints' else []
    with pytest.raises(SystemExit, match='TopdownPoseEstimator has no generator and can only predict') as ended:
        main([*without_generator, *rest])
    assert '\n' not in str(ended.value.code)
    with pytest.raises(SystemExit, match='no configuration nothing.py'):
        main(['nothing.py', trained[1], *rest])
    with pytest.raises(SystemExit, match='nothing.pth'):
        main([trained[0], str(tmp_path / 'nothing.pth'), *rest])
    with pytest.raises(SystemExit, match='cannot be written'):
        main([*trained, *rest, '--out', str(tmp_path / 'picture.unknown')])
    with pytest.raises(SystemExit) as ended:
        main(['--help'])
    assert ended.value.code == 0 and '--out' in capsys.readouterr().out


def test_sets_that_cannot_be_paired(trained):
    main = load_tool('analysis_tools/leak_check').main
    with pytest.raises(SystemExit, match='--num-pairs must be at least 2'):
        main([*trained, '--num-pairs', '1'])
    with pytest.raises(SystemExit, match='needs two videos, and the test set has 1'):
        main([*trained, '--cfg-options', 'test_dataloader.dataset.num_videos=1'])
    with pytest.raises(SystemExit, match='9 frames are wanted, and the test set has 3'):
        options = ['--cfg-options', 'test_dataloader.dataset.num_videos=1']
        load_tool('analysis_tools/appearance_grid').main([*trained, *options])
