"""Checks of all data that a configuration names, with advice for each problem (``tools/misc/check_dataset.py``)."""

import os
from collections.abc import Callable, Iterator, Sequence

from mmengine.registry import init_default_scope

from kpgan_mm.utils.config import ConfigError, check_data, load_config, regressor_options
from kpgan_mm.utils.metainfo import load_metainfo

from .compare import check_duplicates, check_extents, check_poses
from .kinds import KINDS
from .report import SEVERITIES, Problem, Report
from .sets import CheckedSet, check_set

__all__ = ['KINDS', 'SEVERITIES', 'SPLITS', 'Problem', 'Report', 'check_config']

SPLITS = ('train', 'val', 'test')


def check_config(
    path: str | os.PathLike,
    options: dict | None = None,
    splits: Sequence[str] = SPLITS,
    full: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Checks the data sets of a configuration, and of the pre-training that it names.

    Args:
        path: The configuration file.
        options: As from ``--cfg-options``.
        splits: Of 'train', 'val' and 'test', those to check.
        full: Decode every picture and video, not only some.
        progress: Called with what is looked at, how much of it is done, and the total.

    Returns:
        Report: All problems. Nothing is raised for bad data or a bad configuration.
    """
    report = Report(**({'progress': progress} if progress else {}))
    try:
        cfg = load_config(path, options)
    except Exception as error:  # a configuration is a program
        report.add('config', f'{type(error).__name__}: {error}', str(path), str(path))
        return report
    init_default_scope(cfg.get('default_scope') or 'mmpose')
    without_model = cfg.copy()
    without_model.pop('model', None)
    for split in splits:
        _check_named(without_model, split, report)
    if report.count('config'):
        return report
    checked = {}
    for name, config in _data_sets(cfg, splits):
        same = next((other for known, other in checked.values() if known == config), None)
        checked[name] = config, same if same is not None else check_set(config, name, full, report)
    if not checked:
        report.add('config', f'no data set for {", ".join(splits)}', str(path), str(path))
    _compare([one for _, one in checked.values()], report)
    _check_head(cfg, checked, report)
    _check_stage(cfg, options, splits, report)
    if 'train' in splits:
        _check_named(cfg, 'train', report)  # weights to start from
    return report


def _check_named(cfg, split: str, report: Report) -> None:
    """Looks whether the files that the configuration names are there."""
    try:
        check_data(cfg, (split,))
    except ConfigError as error:
        report.add('named-file', str(error), split)


def _data_sets(cfg, splits: Sequence[str]) -> Iterator[tuple[str, dict]]:
    """Names and plain configurations of data sets; those that a wrapper joins come one by one."""
    for split in splits:
        loader = cfg.get(f'{split}_dataloader')
        if loader and loader.get('dataset'):
            yield from _unwrapped(split, loader['dataset'].to_dict())


def _unwrapped(name: str, config: dict) -> Iterator[tuple[str, dict]]:
    if isinstance(config.get('datasets'), list):
        for index, part in enumerate(config['datasets']):
            # MMPose's CombinedDataset has one metainfo and one pipeline for its parts.
            shared = {key: config[key] for key in ('metainfo', 'pipeline') if config.get(key) and not part.get(key)}
            yield from _unwrapped(f'{name}.{index}', part | shared)
    elif isinstance(config.get('dataset'), dict) and 'times' in config:
        yield from _unwrapped(name, config['dataset'])
    else:
        yield name, config


def _compare(sets: list[CheckedSet], report: Report) -> None:
    """Training against the others."""
    training = [one for one in sets if one.name.startswith('train')]
    others = list({id(one): one for one in sets if not one.name.startswith('train')}.values())
    for train in training:
        for other in others:
            check_duplicates(train.frames, other.frames, other.name, report)
        if train.prior is None:
            continue
        for other in [train, *others]:
            before = len(report.problems)
            check_extents(train.prior, train.prior_file, other.extents, other.extents_of, other.name, report)
            if len(report.problems) > before:
                break
        for other in others:
            check_poses(train.prior, train.prior_file, other.poses, other.name, report)


def _check_head(cfg, checked: dict, report: Report) -> None:
    """The model's skeleton is that of the data."""
    metainfo = ((cfg.get('model') or {}).get('head') or {}).get('metainfo')
    if not metainfo:
        return
    try:
        joints = len(load_metainfo(metainfo)['keypoint_info'])
        for name, (config, _) in checked.items():
            own = len(load_metainfo(config['metainfo'])['keypoint_info']) if config.get('metainfo') else joints
            if own != joints:
                report.add('joint-count', f'model.head.metainfo has {joints} joints, that of the data set {own}', name)
    except (FileNotFoundError, ValueError, KeyError) as error:
        report.add('config', f'model.head.metainfo: {error}', 'model')


def _check_stage(cfg, options: dict | None, splits: Sequence[str], report: Report) -> None:
    """The regressor's pre-training draws from the prior; where that is another one, it is checked as well."""
    if not cfg.get('regressor_pretraining') or 'train' not in splits:
        return
    prior = ((cfg.get('train_dataloader') or {}).get('dataset') or {}).get('prior')
    try:
        stage = load_config(cfg.regressor_pretraining, regressor_options(options))
        check_data(stage, ('train',))
    except ConfigError as error:
        report.add('named-file', str(error), 'regressor')
        return
    for name, config in _data_sets(stage, ('train',)):
        if config.get('prior') != prior:
            check_set(config, f'regressor.{name}', False, report)
