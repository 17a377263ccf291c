"""Checks of pose priors."""

from pathlib import Path

import numpy as np

from kpgan_mm.registry import TASK_UTILS

from .report import Report

_NUM_DRAWS = 500
# Jitter and placement may push a joint beyond the border now and then.
_OUTSIDE_SHARE = 0.05
_FIRST = 5


def check_prior(config: dict, metainfo: dict, where: str, report: Report, prior=None):
    """Builds a prior, if that has not been done, and checks its poses.

    Args:
        config: Of the prior.
        metainfo: Parsed metainfo that it must fit.
        where: The data set, for the report.
        report: Gets the problems.
        prior: The prior, if it has been built.

    Returns:
        The prior, or None if it cannot be built.
    """
    file = str(config.get('file') or (config.get('dataset') or {}).get('ann_file') or '')
    expected = metainfo['num_keypoints']
    if Path(file).suffix == '.npz':
        _check_npz(config, where, report)
    try:
        with report.collecting(where):
            prior = prior or TASK_UTILS.build(dict(config))
    except Exception as error:  # whatever a file of another form makes of it
        report.add_error(error, where, 'config' if isinstance(error, (TypeError, KeyError)) else 'prior')
        return None
    if prior.num_keypoints != expected:
        what = f'poses of {prior.num_keypoints} joints, but metainfo "{metainfo["dataset_name"]}" has {expected}'
        report.add('joint-count', what, where, file)
    rng = np.random.default_rng(0)
    draws = np.stack([prior.sample(rng) for _ in range(min(_NUM_DRAWS, 10 * len(prior)))])
    beyond = (np.abs(draws) > 1.001).any(axis=-1).mean()
    if beyond > _OUTSIDE_SHARE:
        what = f'{beyond:.0%} of the joints are outside the canvas (they reach {np.abs(draws).max():.2g}, it ends at 1)'
        report.add('prior-outside', what, where, file)
    report.looked_at['prior poses'] += len(prior)
    return prior


def _check_npz(config: dict, where: str, report: Report) -> None:
    """Looks for poses that are not finite, which priors leave out in silence."""
    path = Path(config['file'])
    if not path.is_file():
        return  # building says so
    try:
        with np.load(path) as archive:
            arrays = {key: archive[key] for key in archive.files if archive[key].dtype.kind == 'f'}
    except (ValueError, OSError, EOFError) as error:
        report.add('unreadable', f'{path} is no npz file: {error}', where, path)
        return
    keys = [config['key']] if config.get('key') in arrays else list(arrays)
    for key in keys:
        array = arrays[key]
        if array.ndim == 3 and array.shape[-1] in (2, 3):
            bad = np.flatnonzero(~np.isfinite(array).all(axis=(1, 2)))
            if len(bad):
                rows = ', '.join(map(str, bad[:_FIRST])) + (', ...' if len(bad) > _FIRST else '')
                what = f'{len(bad)} of {len(array)} poses have a joint that is no number (rows {rows})'
                report.add('prior-incomplete', what, where, path, f'array {key}')
