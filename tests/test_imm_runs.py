"""IMM's configurations by a real Runner: trained, resumed, tested with a map to the labels, and mixed precision."""

import json
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from kpgan_mm.registry import DATASETS, MODELS
from kpgan_mm.utils.config import load_config, use_amp
from tests.small_runs import puppet_config, train
from tests.toys import ROOT, forget_runs, load_tool


def small(work_dir: Path, max_iters: int, **changes):
    return puppet_config(work_dir, max_iters, 'imm_puppets', **changes)


def test_trains_validates_and_draws(tmp_path):
    cfg = small(tmp_path, 2)
    cfg.train_cfg.val_interval = 2
    init_default_scope('mmpose')
    start = MODELS.build(cfg.model).state_dict()
    checkpoint = train(cfg)
    assert checkpoint['meta']['iter'] == 2
    assert checkpoint['state_dict'].keys() == start.keys()
    assert checkpoint['meta']['dataset_meta']['num_keypoints'] == 14
    assert checkpoint['meta']['dataset_meta']['dataset_name'] == 'discovered'
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'keypointgan_regression/error: ' in log and 'keypointgan_regression/mean_pose_error: ' in log
    text = next(tmp_path.glob('*/vis_data/scalars.json')).read_text()
    losses = [json.loads(line)['loss_reconstruction'] for line in text.splitlines() if 'loss' in line]
    assert len(losses) == 2 and all(loss > 0 for loss in losses) and 'NaN' not in text
    assert (tmp_path / 'contact_sheets' / 'iter_000002.jpg').is_file()


def test_resumed_equals_uninterrupted(tmp_path):
    """MMEngine's loop hands out the samples in order, and there is nothing random in an iteration."""
    whole = train(small(tmp_path / 'whole', 4))
    forget_runs()
    train(small(tmp_path / 'parts', 2))
    forget_runs()
    resumed = train(small(tmp_path / 'parts', 4, resume=True, experiment_name='again'))
    assert resumed['meta']['iter'] == 4
    for name, value in whole['state_dict'].items():
        assert torch.equal(resumed['state_dict'][name], value), name
    # Norms are counted, too, and the optimiser's state is there.
    assert resumed['optimizer']['state'].keys() == whole['optimizer']['state'].keys() != set()


def test_mixed_precision(tmp_path):
    cfg = small(tmp_path, 2)
    use_amp(cfg)
    assert cfg.optim_wrapper.type in ('kpgan_mm.Bfloat16OptimWrapper', 'AmpOptimWrapper')
    weights = train(cfg)['state_dict']
    assert all(torch.isfinite(value).all() for value in weights.values())


def test_the_test_tool_scores_it_and_draws_its_own_keypoints(tmp_path):
    """14 labelled joints, 5 discovered keypoints."""
    changes = {
        'model.backbone.num_keypoints': 5,
        'model.generator.num_keypoints': 5,
        'model.head.metainfo.num_keypoints': 5,
        'train_dataloader.dataset.metainfo.num_keypoints': 5,
    }
    cfg = small(tmp_path / 'run', 2, **changes)
    train(cfg)
    forget_runs()
    cfg.dump(tmp_path / 'config.py')
    tool = load_tool('test')
    tested, figures = tmp_path / 'tested', tmp_path / 'metrics.json'
    arguments = ['--work-dir', str(tested), '--out', str(figures), '--show-dir', 'shown']
    args = tool.parse_args([str(tmp_path / 'config.py'), str(tmp_path / 'run' / 'iter_2.pth'), *arguments])
    assert tool.run_tool(tool.test, args) == 0
    metrics = json.loads(figures.read_text())
    assert metrics['keypointgan_regression/error'] > 0
    assert len(list(tested.glob('*/shown/*.png'))) == 3


def only_test(cfg, work_dir: Path) -> dict:
    """Score an untrained, narrow model."""
    cfg.model.backbone.base_channels = cfg.model.generator.base_channels = 2
    cfg.train_dataloader = cfg.optim_wrapper = cfg.train_cfg = cfg.param_scheduler = None
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    cfg.custom_hooks = []
    for loader in (cfg.test_dataloader, cfg.test_cfg.fit_dataloader):
        loader.update(num_workers=0, batch_size=4)
        loader.pop('persistent_workers', None)
    cfg.work_dir, cfg.load_from = str(work_dir), None
    return Runner.from_cfg(cfg).test()


def test_the_mouse(mouse_table, tmp_path):
    """The labelled halves alone, which are what there is without the video."""
    cfg = load_config(ROOT / 'configs' / 'imm_mouse.py', {'data_root': str(mouse_table.parent)})
    assert only_test(cfg, tmp_path)['keypointgan_regression/error'] > 0


def make_aflw(root: Path) -> None:
    """Three training and two test faces in MMPose's form: square boxes in units of 200 pixels, 19 landmarks."""
    rng = np.random.default_rng(0)
    (root / 'images').mkdir(parents=True)
    (root / 'annotations').mkdir()
    for part, number in (('train', 3), ('test', 2)):
        images, annotations = [], []
        for i in range(number):
            name = f'{part}_{i}.jpg'
            cv2.imwrite(str(root / 'images' / name), rng.integers(0, 256, (150, 160, 3), dtype=np.uint8))
            points = np.concatenate([rng.uniform(40, 110, (19, 2)), np.ones((19, 1))], axis=1)
            images.append(dict(id=i, file_name=name, width=160, height=150))
            annotations.append(
                dict(
                    id=i, image_id=i, category_id=1, iscrowd=0, area=1.0, bbox=[25, 25, 100, 100], num_keypoints=19,
                    keypoints=points.ravel().tolist(), center=[75.0, 75.0], scale=0.5, box_size=100.0,
                )
            )  # fmt: skip
        content = dict(images=images, annotations=annotations, categories=[dict(id=1, name='face')])
        (root / 'annotations' / f'face_landmarks_aflw_{part}.json').write_text(json.dumps(content))


def test_aflw(tmp_path):
    """MMPose's data set gives the pairs, without labels, and the five landmarks to be scored on."""
    make_aflw(tmp_path / 'aflw')
    cfg = load_config(ROOT / 'configs' / 'imm_aflw.py', {'data_root': str(tmp_path / 'aflw')})
    init_default_scope('mmpose')
    sample = DATASETS.build(cfg.train_dataloader.dataset)[3]
    assert sample['inputs'].shape == sample['ref_inputs'].shape == (3, 128, 128)
    assert set(sample['data_samples'].gt_instance_labels.keys()) == set()
    metrics = only_test(cfg, tmp_path / 'run')
    assert metrics['imm/error'] > 0 and metrics['imm/mean_pose_error'] > 0
