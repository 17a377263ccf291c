"""Train a model, and first its regressor if the configuration says `regressor_pretraining`.

    python tools/train.py CONFIG [--work-dir DIR] [--resume [CHECKPOINT]] [--amp] [--cfg-options KEY=VALUE ...]

Where a configuration says `regressor_pretraining = 'regressor_puppets.py'` (a path beside the configuration), that one
is trained first, into WORK_DIR/regressor, and its result WORK_DIR/regressor/regressor.pth is what the head's regressor
starts from. If that file is there, it is used as it is, with a word where settings or prior are others than it was
trained with. Options that begin with `regressor.` go to this stage
(`regressor.train_cfg.max_iters=1000`), `data_root` to both.
"""

import argparse
import gc
import os
import re
import shutil
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.dist import barrier, broadcast_object_list, get_rank
from mmengine.runner import CheckpointLoader
from torch import nn

import kpgan_mm  # noqa: F401  (registers everything, and makes MMPose importable)
from kpgan_mm.datasets import use_packed_frames
from kpgan_mm.engine import join_processes
from kpgan_mm.utils.cli import add_common_arguments, build_runner, leave, report, run_tool
from kpgan_mm.utils.config import (
    ConfigError,
    check_data,
    check_judge,
    check_regressor,
    load_config,
    merge_options,
    regressor_options,
    set_regressor,
    show_predictions,
    use_amp,
    write_plain_checkpoints,
)
from kpgan_mm.utils.data_content import content_of_files
from kpgan_mm.utils.newest_checkpoint import newest_checkpoint
from kpgan_mm.utils.weights import check_resumable, check_weights, weights_of


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description='Train a model')
    parser.add_argument('config', help='configuration file')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='go on from this checkpoint, or without a value from the latest one in the work directory',
    )
    parser.add_argument('--amp', action='store_true', help='automatic mixed precision, for all optimisers')
    parser.add_argument('--no-validate', action='store_true', help='do not validate during training')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rates by the batch size over the base batch size',
    )
    parser.add_argument('--packed', metavar='FOLDER', help='read training frames packed by tools/misc/pack_dataset.py')
    add_common_arguments(parser)
    return parser.parse_args(argv)


def merge_args(cfg: Config, args: argparse.Namespace) -> None:
    """Merge the arguments that both stages understand into a configuration.

    Raises:
        ConfigError: If one does not fit it.
    """
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.launcher = args.launcher
    if args.amp:
        use_amp(cfg)
    if args.auto_scale_lr:
        if not cfg.get('auto_scale_lr'):
            raise ConfigError('--auto-scale-lr needs auto_scale_lr=dict(base_batch_size=...) in the configuration.')
        cfg.auto_scale_lr.enable = True
    if 'preprocess_cfg' in cfg:
        cfg.model.setdefault('data_preprocessor', cfg.preprocess_cfg)
    write_plain_checkpoints(cfg)


def main_config(args: argparse.Namespace) -> Config:
    """The configuration of the main training, checked as far as that is possible before it is built.

    Raises:
        ConfigError: If something cannot work.
    """
    cfg = load_config(args.config, args.cfg_options)
    merge_args(cfg, args)
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or os.path.join('work_dirs', Path(args.config).stem)
    show_predictions(cfg, args)
    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    merge_options(cfg, args.cfg_options)  # once more: they have the last word
    if cfg.get('load_from') and '://' not in cfg.load_from and not Path(cfg.load_from).is_file():
        raise ConfigError(f'There is no checkpoint {cfg.load_from}.')
    if args.packed:
        use_packed(cfg, args.packed)
    check_data(cfg, ('train', 'val'))
    if not cfg.get('regressor_pretraining') and not has_begun(cfg):
        check_judge(cfg)
    return cfg


def use_packed(cfg: Config, folder: str) -> None:
    """Have the main training read packed frames.

    Raises:
        ConfigError: If there are none, or they do not belong to the configuration.
    """
    try:
        missing = use_packed_frames(cfg, folder)
    except (ValueError, FileNotFoundError) as error:
        raise ConfigError(str(error)) from error
    if missing:
        report(f'{", ".join(missing)} is not there, so {folder} is taken as it was packed.')


def regressor_config(cfg: Config, args: argparse.Namespace) -> Config:
    """The configuration of the regressor's pre-training, which goes on where it was if the main one is to be resumed.

    Raises:
        ConfigError: If something cannot work.
    """
    stage = load_config(cfg.regressor_pretraining, regressor_options(args.cfg_options))
    merge_args(stage, args)
    stage.work_dir = os.path.join(cfg.work_dir, 'regressor')
    stage.resume = bool(cfg.get('resume'))
    stage.load_from = None
    # MMEngine keeps loggers, message hubs and visualisers by name: with names of its own, this stage leaves those of
    # the main training alone, pictures and curves included.
    stage.experiment_name = f'{cfg.get("experiment_name") or Path(args.config).stem}_regressor'
    if stage.get('visualizer'):
        stage.visualizer.name = 'regressor_visualizer'
    check_data(stage, ('train', 'val'))
    check_regressor(cfg, stage)
    return stage


def begun(cfg: Config) -> str | None:
    """The checkpoint that the training is to go on from, if it is to be resumed and there is one."""
    return (cfg.get('load_from') or newest_checkpoint(cfg.work_dir)) if cfg.get('resume') else None


def has_begun(cfg: Config) -> bool:
    """Whether the main training is to be resumed, and there is something to resume it from."""
    return bool(begun(cfg))


def pretrain_regressor(stage: Config) -> str:
    """Train the regressor, unless that has been done.

    Args:
        stage: The configuration of the pre-training.

    Returns:
        Path of the result.

    Raises:
        ConfigError: If the training left no checkpoint.
    """
    result = Path(stage.work_dir, 'regressor.pth')
    done = [result.is_file()]
    broadcast_object_list(done)  # what the first process sees; none may train alone
    if done[0]:
        noted = result.with_suffix('.data')
        same_data = not noted.is_file() or noted.read_text() == content_of_files(stage.train_dataloader.dataset)
        if not (same_data and _same_settings(str(result), stage)):
            report(
                f'{result} comes from other settings, or from a prior of other contents, and is used all the same; '
                'delete it to train it anew.'
            )
        return str(result)
    trained_on = content_of_files(stage.train_dataloader.dataset)  # before, as it may be edited meanwhile
    report(f'First the regressor ({Path(stage.filename).name}), into {stage.work_dir}')
    runner = build_runner(stage, training=True)
    runner.train()
    barrier()  # the first process writes the checkpoint
    latest = newest_checkpoint(stage.work_dir)
    if latest is None:
        raise ConfigError(f'{stage.filename} saves no checkpoint: set default_hooks.checkpoint.')
    if get_rank() == 0:  # written aside and renamed, so that a half-written file is never taken for the result
        result.with_suffix('.data').write_text(trained_on)
        unfinished = result.with_suffix('.tmp')
        shutil.copyfile(latest, unfinished)
        os.replace(unfinished, result)
    barrier()
    del runner
    gc.collect()
    torch.cuda.empty_cache()
    return str(result)


def _same_settings(checkpoint: str, stage: Config) -> bool:
    """Whether a checkpoint was made with this configuration, as far as that matters to its weights."""
    content = CheckpointLoader.load_checkpoint(checkpoint, map_location='cpu', logger='silent')
    meta = content.get('meta') if isinstance(content, dict) else None
    meta = meta if isinstance(meta, dict) else {}
    saved = str(meta.get('cfg_text', meta.get('cfg', '')))  # where a trusted checkpoint keeps it
    drop = re.compile(r'^(work_dir|launcher|resume|load_from|experiment_name)\b.*$', re.MULTILINE)
    moved = _follow_move(saved, stage)
    # Without spaces, since lines are broken by their length, and paths may have another.
    first, second = (''.join(drop.sub('', text).split()) for text in (moved, stage.pretty_text))
    return first == second


def _follow_move(saved: str, stage: Config) -> str:
    """The text of a configuration whose folder was moved with the work directory in it, as it would be there now."""
    folder = os.path.dirname(os.path.abspath(stage.filename))
    inside = '/' + os.path.relpath(stage.work_dir, folder)
    work_dir = re.search(r"^work_dir ?= ?'(/.+)'$", saved, re.MULTILINE)
    if work_dir is None or not work_dir[1].endswith(inside):
        return saved
    return saved.replace(f"'{work_dir[1].removesuffix(inside)}/", f"'{folder}/")


def train(args: argparse.Namespace) -> None:
    """Train the regressor if asked for, then the model."""
    cfg = main_config(args)
    join_processes(cfg.launcher, cfg.get('env_cfg'))
    resumed = begun(cfg)
    regressor = None
    if resumed:
        content = CheckpointLoader.load_checkpoint(resumed, map_location='cpu', logger='silent')
        check_resumable(content, resumed, cfg)
    elif cfg.get('regressor_pretraining'):
        regressor = pretrain_regressor(regressor_config(cfg, args))
        set_regressor(cfg, regressor)
    runner = build_runner(cfg, training=True)
    if resumed:
        check_weights(runner.model, weights_of(content, resumed), resumed, prefixes=('',))
        del content
    if regressor:
        check_regressor_weights(runner.model, regressor)
    runner.train()
    report(*results(cfg.work_dir))


def check_regressor_weights(model: nn.Module, checkpoint: str) -> None:
    """Look whether the pre-trained regressor has the names and shapes of the head's, and of its judge.

    Raises:
        ConfigError: If not.
    """
    content = CheckpointLoader.load_checkpoint(checkpoint, map_location='cpu', logger='silent')
    weights = weights_of(content, checkpoint)
    prefix = 'head.regressor.'
    weights |= {name.replace(prefix, 'head.judge.', 1): value for name, value in weights.items() if prefix in name}
    check_weights(model, weights, checkpoint, prefixes=(prefix, 'head.judge.'))


def results(work_dir: str) -> list[str]:
    """Lines that say what a training left in its work directory."""
    lines = []
    checkpoint = newest_checkpoint(work_dir)
    if checkpoint is not None:
        lines.append(f'Checkpoint: {checkpoint}')
    sheets = Path(work_dir, 'contact_sheets')
    if sheets.is_dir():
        lines.append(f'Contact sheets: {sheets}')
    predictions = Path(work_dir, 'predictions')
    if predictions.is_dir():
        lines.append(f'Keypoints (COCO, CSV, npz), pictures and overlay video: {predictions}')
    return lines


if __name__ == '__main__':
    arguments = parse_args()
    leave(run_tool(train, arguments), arguments)
