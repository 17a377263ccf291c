"""The repository's own configurations with tiny networks, little data and few iterations, run by a real Runner."""

import copy
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner, find_latest_checkpoint

from kpgan_mm.utils.checkpoint import load_from_local
from kpgan_mm.utils.config import load_config
from tests.toys import ROOT


def puppet_config(work_dir: Path, max_iters: int, config: str = 'kpgan_puppets', **changes) -> Config:
    """One of the configurations of the puppets, made small.

    Args:
        work_dir: Where the run goes.
        max_iters: Its iterations; validated every third.
        config: Name of a file of configs/.
        changes: Settings by dotted key.
    """
    cfg = load_config(ROOT / 'configs' / f'{config}.py')
    cfg.pop('regressor_pretraining', None)
    model = cfg.model
    for part in (model.backbone, model.head.get('regressor'), model.get('generator'), model.get('discriminator')):
        if part is not None:
            part.base_channels = 2
    if model.backbone.type == 'ResNet':
        model.backbone.update(base_channels=4, stem_channels=4)
        model.neck.update(in_channels=32, base_channels=2)
    if 'in_channels' in model.head:
        model.head.in_channels = 2 * model.backbone.base_channels
    if 'pool_size' in model:
        model.pool_size = 5
    cfg.train_dataloader.batch_size = 2
    frames = cfg.train_dataloader.dataset
    frames.get('source', frames).update(num_videos=2, num_frames=4)
    if 'prior' in frames:
        frames.prior.num_poses = 20
        frames.frame_gap = (1, 3)
    cfg.val_dataloader.dataset.update(num_videos=1, num_frames=3)
    for metric in cfg.val_evaluator:
        if 'prior' in metric:
            metric.prior.num_poses = 20
    for loop in (cfg.val_cfg, cfg.test_cfg):
        if 'fit_dataloader' in loop:
            loop.fit_dataloader.dataset.update(num_videos=2, num_frames=4)
    cfg.train_cfg.update(max_iters=max_iters, val_interval=3)
    cfg.default_hooks.checkpoint.interval = 2
    cfg.default_hooks.logger.interval = 1
    cfg.work_dir = str(work_dir)
    # MMEngine keeps one message hub, logger and visualiser a name.
    cfg.experiment_name = cfg.visualizer.name = f'{work_dir}_{max_iters}'
    cfg.merge_from_dict(changes)
    cfg.test_dataloader, cfg.test_evaluator = cfg.val_dataloader, cfg.val_evaluator
    return cfg


def train(cfg: Config) -> dict:
    """Run a configuration and return its last checkpoint."""
    Runner.from_cfg(copy.deepcopy(cfg)).train()
    return load_from_local(find_latest_checkpoint(cfg.work_dir), map_location='cpu')
