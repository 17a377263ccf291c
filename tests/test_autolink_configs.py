"""AutoLink's data sets from configuration to score: Human3.6M, plain folders, and one whole run."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import DATASETS as ROOT_DATASETS
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from kpgan_mm.datasets import MaskBackground
from kpgan_mm.utils.config import load_config
from tests.h36m_tree import make_tree
from tests.toys import ROOT, load_tool


def read(name: str, data_root: Path):
    init_default_scope('mmpose')
    return load_config(ROOT / 'configs' / f'{name}.py', {'data_root': str(data_root)})


def make_folder(root: Path) -> Path:
    for number in range(12):
        (root / f'part{number % 2}').mkdir(parents=True, exist_ok=True)
        picture = np.zeros((60, 90, 3), np.uint8)
        picture[:, : 30 + number] = 20 * number
        cv2.imwrite(str(root / f'part{number % 2}' / f'{number}.png'), picture)
    return root


def test_background_of_another_value():
    image, foreground = np.full((2, 2, 3), 10, np.uint8), np.array([[True, False], [False, True]])
    masked = MaskBackground(value=127.5).transform(dict(img=image, foreground=foreground))['img']
    assert masked[..., 0].tolist() == [[10, 128], [128, 10]]
    assert MaskBackground().transform(dict(img=image, foreground=foreground))['img'][0, 1].tolist() == [0, 0, 0]


@pytest.fixture
def h36m(tmp_path) -> Path:
    root = make_tree(tmp_path / 'simple_h36m')
    convert = load_tool('dataset_converters/simple_h36m_to_coco').main
    convert([str(root)])
    # As the configuration's data_help says.
    swapped = ['--train-subjects', 'S11', '--test-subjects', 'S1', 'S5', 'S6', 'S7', 'S8', 'S9']
    convert([str(root), '--out', str(root / 'labelled'), *swapped])
    return root


def test_human36m(h36m):
    for name, masked in (('autolink_h36m', True), ('autolink_h36m_background', False)):
        cfg = read(name, h36m)
        train = ROOT_DATASETS.build(cfg.train_dataloader.dataset)
        # Every frame of the training subjects, not only first halves.
        assert len(train.source) == 6 * 5 + 11
        picture = train[0]['inputs'].numpy()
        assert (picture[:, :20, :20] == 128).all() == masked
        fit = ROOT_DATASETS.build(cfg.test_cfg.fit_dataloader.dataset)
        test = ROOT_DATASETS.build(cfg.test_dataloader.dataset)
        assert (len(fit), len(test)) == (41, 3)
        assert (test[0]['inputs'].numpy()[:, :20, :20] == 128).all() == masked
        assert test[0]['data_samples'].gt_instances.keypoints.shape == (1, 32, 2)
        assert test[0]['data_samples'].activity == 'waiting'
        assert [metric.protocol for metric in cfg.test_evaluator] == ['autolink', 'autolink_released']
    # Fewer in validation.
    assert len(ROOT_DATASETS.build(cfg.val_cfg.fit_dataloader.dataset)) == 7


@pytest.mark.parametrize('name', ['autolink_horse', 'autolink_zebra', 'autolink_hands'])
def test_plain_folders(tmp_path, name):
    cfg = read(name, make_folder(tmp_path / 'pictures'))
    train = ROOT_DATASETS.build(cfg.train_dataloader.dataset)
    assert len(train.source) == 12
    pictures = [train[index]['inputs'].numpy() for index in range(30)]
    assert all(picture.shape == (3, 128, 128) for picture in pictures)
    # Squashed, not padded; white is on the left, and on the right where pictures are mirrored.
    right = [picture[0, 64, 120] > 0 for picture in pictures]
    assert any(right) == (name == 'autolink_hands')
    assert len(ROOT_DATASETS.build(cfg.test_dataloader.dataset)) == 2


def test_a_run_from_training_to_the_scores(h36m, tmp_path):
    """Two iterations of a small network, fitted and tested by the protocol and by the release's."""
    cfg = read('autolink_h36m', h36m)
    cfg.model.backbone.base_channels = cfg.model.generator.base_channels = 2
    cfg.model.head.in_channels = 4
    cfg.model.reconstruction_loss = dict(
        type='kpgan_mm.PerceptualLoss',
        extractor=dict(type='kpgan_mm.ImagePyramid', num_levels=1, widths=(2,)),
        untrained_seed=0,
    )
    # Printing a configuration takes long: without validation, and what was spelled out for others to inherit.
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    for key in ('labelled', 'to_input', 'pack', 'fit_frames', 'test_frames', 'in_order', 'to_masked_input'):
        cfg.pop(key)
    for key in ('fitted_val_cfg', 'fitted_test_cfg', 'pipeline', 'data_help'):
        cfg.pop(key, None)
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        loader.update(batch_size=4, num_workers=0, persistent_workers=False)
    cfg.test_cfg.fit_dataloader.update(batch_size=8, num_workers=0)
    cfg.train_cfg.update(max_iters=2)
    cfg.work_dir = str(tmp_path / 'run')
    cfg.experiment_name = cfg.visualizer.name = str(tmp_path)
    runner = Runner.from_cfg(cfg)
    runner.train()
    figures = runner.test()
    for protocol in ('autolink', 'autolink_released'):
        assert 0 < figures[f'{protocol}/error'] <= figures[f'{protocol}/error_as_labelled'] < 1000
        assert figures[f'{protocol}/mean_pose_error'] > 0
