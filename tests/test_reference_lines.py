"""Supervised reference lines: MMPose's networks and losses on our data, by configuration alone."""

import json
from pathlib import Path

from mmengine.config import Config
from mmpose.models.backbones import HourglassNet, ResNet
from mmpose.models.heads import CPMHead, HeatmapHead, RegressionHead
from mmpose.models.pose_estimators import TopdownPoseEstimator

from kpgan_mm.registry import MODELS
from kpgan_mm.utils.config import load_config
from tests.faces import make_w300
from tests.h36m_tree import make_tree
from tests.small_runs import train
from tests.toys import ROOT, load_tool


def two_iterations(cfg: Config, work_dir: Path) -> tuple[dict, list[float], str]:
    """Train two iterations of two samples and validate; the checkpoint, the losses, and the log."""
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.update(batch_size=2, num_workers=0)
        loader.pop('persistent_workers', None)
    cfg.train_cfg.update(max_iters=2, val_interval=2)
    cfg.default_hooks.checkpoint.interval = 2
    cfg.default_hooks.logger.interval = 1
    cfg.work_dir = str(work_dir)
    checkpoint = train(cfg)
    scalars = next(work_dir.glob('*/vis_data/scalars.json')).read_text()
    losses = [json.loads(line)['loss'] for line in scalars.splitlines() if '"loss"' in line]
    assert checkpoint['meta']['iter'] == 2
    assert len(losses) == 2 and all(loss > 0 for loss in losses) and 'NaN' not in scalars
    return checkpoint, losses, next(work_dir.glob('*/*.log')).read_text()


def narrow_hourglass(cfg: Config) -> None:
    """MMPose fixes the width of an hourglass's first level; the others may be narrow."""
    cfg.model.backbone.update(downsample_times=2, stage_channels=(256, 8, 8), stage_blocks=(1, 1, 1), feat_channel=8)
    cfg.model.head.in_channels = 8


def test_hourglass_on_the_puppets(tmp_path):
    cfg = load_config(ROOT / 'configs' / 'supervised_hourglass_puppets.py')
    narrow_hourglass(cfg)
    cfg.train_dataloader.dataset.update(num_videos=2, num_frames=4)
    cfg.val_dataloader.dataset.update(num_videos=1, num_frames=3)
    for evaluator in cfg.val_evaluator, cfg.test_evaluator:
        evaluator[0].prior.num_poses = 20
    _, _, log = two_iterations(cfg, tmp_path)
    assert 'keypointgan/error: ' in log and 'EPE: ' in log
    model = MODELS.build(cfg.model)
    assert type(model) is TopdownPoseEstimator
    assert (type(model.backbone), type(model.head)) == (HourglassNet, HeatmapHead)


def test_hourglass_on_simplified_human36m(tmp_path):
    """With the labels of the training subjects, which a second call of the converter writes as the test's are."""
    root = make_tree(tmp_path / 'data')
    converter = load_tool('dataset_converters/simple_h36m_to_coco')
    converter.main([str(root)])
    subjects = ['--train-subjects', 'S11', '--test-subjects', 'S1', 'S5', 'S6', 'S7', 'S8', 'S9']
    converter.main([str(root), '--out', str(root / 'labelled'), *subjects])
    cfg = load_config(ROOT / 'configs' / 'supervised_hourglass_h36m.py', {'data_root': str(root)})
    names = {image['file_name'] for image in json.loads((root / 'labelled' / 'test.json').read_text())['images']}
    tested = {image['file_name'] for image in json.loads((root / 'test.json').read_text())['images']}
    assert names and not names & tested
    narrow_hourglass(cfg)
    _, _, log = two_iterations(cfg, tmp_path / 'run')
    assert 'keypointgan/error: ' in log and 'keypointgan/error/waiting: ' in log
    model = MODELS.build(cfg.model)
    assert (type(model.backbone), type(model.head), model.backbone.num_stacks) == (HourglassNet, CPMHead, 2)


def test_wing_loss_on_300w(tmp_path):
    images = make_w300(tmp_path / 'data' / 'w300' / 'images')
    converter = load_tool('dataset_converters/w300_to_coco')
    converter.main([str(images), '--out', str(tmp_path / 'data' / 'w300' / 'annotations')])
    cfg = load_config(ROOT / 'configs' / 'supervised_wing_w300.py', {'data_root': str(tmp_path / 'data')})
    cfg.model.backbone.update(depth=18, base_channels=4, stem_channels=4)
    cfg.model.head.in_channels = 32
    _, _, log = two_iterations(cfg, tmp_path / 'run')
    assert 'NME: ' in log
    model = MODELS.build(cfg.model)
    assert (type(model.backbone), type(model.head)) == (ResNet, RegressionHead)
    assert type(model.head.loss_module).__name__ == 'WingLoss'


def test_our_networks_on_the_mouse(mouse_table, tmp_path):
    cfg = load_config(ROOT / 'configs' / 'supervised_mouse.py', {'data_root': str(mouse_table.parent)})
    cfg.model.backbone.base_channels = cfg.model.head.regressor.base_channels = 2
    cfg.train_dataloader.dataset.ann_file = str(mouse_table)
    _, _, log = two_iterations(cfg, tmp_path)
    assert 'keypointgan/error: ' in log and 'EPE: ' in log
    # The labels to train with are the prior's, never the test's.
    assert (cfg.train_dataloader.dataset.split, cfg.test_dataloader.dataset.split) == ('prior', 'test')
