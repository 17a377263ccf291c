"""From a video to a KeypointGAN without a label: AutoLink's skeleton and poses are its skeleton and prior."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.runner import find_latest_checkpoint

from tests.own_images import make_video
from tests.toys import ROOT, forget_runs, load_tool

AUTOLINK = ('model.backbone.base_channels=2', 'model.generator.base_channels=2', 'model.head.in_channels=4')
KEYPOINT_GAN = (
    'model.backbone.base_channels=2', 'model.generator.base_channels=2', 'model.head.regressor.base_channels=2',
    'model.discriminator.base_channels=2', 'param_scheduler.end=2', 'param_scheduler.T_max=2',
    'regressor.train_cfg.max_iters=2', 'regressor.train_cfg.val_interval=2',
    'regressor.model.head.regressor.base_channels=2',
)  # fmt: skip


@pytest.fixture
def train(mouse_table, tmp_path, monkeypatch):
    """Trains a configuration for two iterations on the labelled frames, and a video of 70 others."""
    monkeypatch.chdir(tmp_path)
    Path('mouse/videos').mkdir(parents=True)
    for path in mouse_table.parent.iterdir():
        if path.name != 'videos':
            Path('mouse', path.name).symlink_to(path)
    make_video(Path('mouse/videos/test_vid.mp4'), 70, (396, 406))
    tool = load_tool('train')

    def train(name, *options):
        forget_runs()
        options = ['data_root=mouse', 'train_cfg.max_iters=2', 'train_cfg.val_interval=2', *options]
        args = tool.parse_args([str(ROOT / 'configs' / f'{name}.py'), '--cfg-options', *options])
        return tool.run_tool(tool.train, args)

    return train


def test_from_video_to_scores(train, capfd):
    assert train('autolink_mouse', *AUTOLINK) == 0
    config, checkpoint = (
        'work_dirs/autolink_mouse/autolink_mouse.py',
        find_latest_checkpoint('work_dirs/autolink_mouse'),
    )
    out = 'work_dirs/autolink_mouse/discovered'
    load_tool('misc/export_skeleton').main([config, checkpoint, f'{out}/skeleton.py', '--edges', 'tree'])
    box = ['--box', '0', '198', '396', '406']
    load_tool('predict').main(['mouse/videos/test_vid.mp4', config, checkpoint, '--out-dir', str(out), *box])
    assert np.load(f'{out}/predictions.npz')['keypoints_normalized'].shape == (70, 8, 2)
    capfd.readouterr()
    assert train('kpgan_mouse_autolink_prior', *KEYPOINT_GAN) == 0
    printed = capfd.readouterr()
    printed = printed.out + printed.err
    # The same metric for both; it does not ask how many keypoints there are.
    assert all(f'{protocol}/error: ' in printed for protocol in ('keypointgan_regression', 'autolink', 'lmdis'))
    # Seven rows with labels, which are other joints: six here.
    work_dir = Path('work_dirs/kpgan_mouse_autolink_prior')
    assert cv2.imread(str(work_dir / 'contact_sheets/iter_000002.jpg')).shape[0] == 6 * (128 + 4) + 4
    # The trained model predicts what was discovered, and knows its skeleton.
    config, checkpoint = str(work_dir / 'kpgan_mouse_autolink_prior.py'), find_latest_checkpoint(work_dir)
    load_tool('predict').main(['mouse/videos/test_vid.mp4', config, checkpoint, '--out-dir', 'last', *box])
    rows = Path('last/predictions.csv').read_text().splitlines()
    assert len(rows) == 73 and rows[1].endswith('keypoint_7') and len(rows[3].split(',')) == 1 + 3 * 8


def test_says_what_comes_first(train, capsys):
    assert train('kpgan_mouse_autolink_prior') == 2
    error = capsys.readouterr().err
    assert error.startswith('error: work_dirs/autolink_mouse/discovered/predictions.npz is not there, where ')
    assert 'tools/misc/export_skeleton.py and tools/predict.py' in error and error.count('\n') == 1
