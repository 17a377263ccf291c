"""Turn a model's confidences into probabilities, and look how much they say, before and after.

    python tools/analysis_tools/calibrate_confidence.py CONFIG CHECKPOINT --out calibrated.pth

Predicts the labelled images of the config's fit_dataloader, fits how likely a keypoint of a confidence is nearer to its
label than a share of the image's side, and writes a copy of the checkpoint that has learned it. The table and the
picture beside it are of the test set, which no image to fit on may be of.
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS, init_default_scope
from torch import nn

from kpgan_mm.apis import build_test_set, init_keypoint_model
from kpgan_mm.engine.fitted_loops import refuse_overlap
from kpgan_mm.evaluation.crops import image_side
from kpgan_mm.evaluation.reliability import (
    auroc_within_keypoints,
    expected_calibration_error,
    fit_calibration,
    reliability_bins,
    wrong_keypoint_auroc,
)
from kpgan_mm.models.heads.confidence_calibration import ConfidenceCalibration
from kpgan_mm.utils.checkpoint import CheckpointError, load_from_local, to_plain, trust_checkpoints
from kpgan_mm.utils.cli import add_cfg_options, add_trust_checkpoint
from kpgan_mm.utils.config import ConfigError, load_config

_BATCH_SIZE = 32
_PREFIX = 'head.calibration.'


class Readings(NamedTuple):
    """Confidences ``(N, K)``, distances to the labels in sides of the image, and which keypoints have a label."""

    confidences: np.ndarray
    distances: np.ndarray
    counted: np.ndarray


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config the model was trained with')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument('--out', default='calibrated.pth', help='checkpoint to write (default: %(default)s)')
    parser.add_argument('--picture', help='picture of the curves to write (default: beside the checkpoint, .png)')
    parser.add_argument(
        '--within',
        type=float,
        default=5.0,
        help="a keypoint is right within so many %% of the image's side (default: 5)",
    )
    parser.add_argument('--device', default='cpu', help='cpu, cuda:0 ... (default: %(default)s)')
    add_trust_checkpoint(parser)
    add_cfg_options(parser, 'replace settings of the config, such as test_cfg.fit_dataloader.dataset.seed=1')
    return parser.parse_args(arguments)


def fit_set(config: Config):
    """The labelled images to fit on.

    Raises:
        ConfigError: if the config has none.
    """
    loader = (config.get('test_cfg') or {}).get('fit_dataloader')
    if loader is None:
        raise ConfigError(
            'the config has no labelled images to calibrate on: give test_cfg a fit_dataloader, as '
            'kpgan_mm.FittedTestLoop has one (docs/protocols.md)'
        )
    init_default_scope(config.get('default_scope', 'mmpose'))
    return DATASETS.build(loader.dataset)


@torch.no_grad()
def read(model: nn.Module, dataset) -> Readings:
    """Predict all images of a labelled data set.

    Raises:
        ValueError: if labels and predictions are not the same joints.
    """
    found = []
    for start in range(0, len(dataset), _BATCH_SIZE):
        batch = [dataset[index] for index in range(start, min(start + _BATCH_SIZE, len(dataset)))]
        for sample in model.test_step(pseudo_collate(batch)):
            sample = sample.to_dict()
            predicted, labelled = sample['pred_instances'], sample['gt_instances']
            keypoints, target = (np.asarray(one['keypoints'])[0, :, :2] for one in (predicted, labelled))
            if len(keypoints) != len(target):
                raise ValueError(
                    f'the model has {len(keypoints)} keypoints and the labels {len(target)}: confidences can be '
                    'calibrated for keypoints with names only'
                )
            visible = np.asarray(labelled['keypoints_visible']).reshape(len(target), -1)[:, 0] > 0
            distances = np.linalg.norm(keypoints - target, axis=1) / image_side(sample)
            found.append((np.asarray(predicted['keypoint_scores'])[0], distances, visible))
    return Readings(*(np.array(values) for values in zip(*found, strict=True)))


def calibrate(model: nn.Module, readings: Readings, within: float) -> None:
    """Fit the head's calibration, in place, to readings without one; see :func:`fit_calibration`."""
    slope, offsets = fit_calibration(readings.confidences, readings.distances < within, readings.counted)
    calibration = model.head.calibration
    calibration.slope.fill_(slope)
    calibration.offsets.copy_(torch.as_tensor(offsets))
    calibration.within.fill_(within)


def calibrated(model: nn.Module, readings: Readings) -> Readings:
    """Raw readings as the head would now give them."""
    calibration = model.head.calibration.cpu()
    return readings._replace(confidences=calibration(torch.as_tensor(readings.confidences)).numpy())


def table(title: str, readings: Readings, within: float) -> str:
    """Bins and figures as Markdown."""
    right = readings.distances < within
    confidences, correct = readings.confidences[readings.counted], right[readings.counted]
    bins = reliability_bins(confidences, correct)
    inside, number = auroc_within_keypoints(readings.confidences, right, readings.counted)
    lines = [
        f'{title}: {len(correct)} keypoints, {100 * correct.mean():.1f} % right; mean confidence '
        f'{confidences.mean():.3f}; expected calibration error {expected_calibration_error(confidences, correct):.3f}; '
        f'AUROC {wrong_keypoint_auroc(confidences, correct):.3f}, '
        f'within a keypoint {inside:.3f} (mean of {number})',
        '',
        '| confidence | keypoints | mean confidence | right |',
        '|---|---|---|---|',
    ]
    for m in np.flatnonzero(bins.counts):
        lines.append(
            f'| {bins.edges[m]:.1f} to {bins.edges[m + 1]:.1f} | {bins.counts[m]} | {bins.confidence[m]:.3f} | '
            f'{100 * bins.correct[m]:.1f} % |'
        )
    return '\n'.join(lines)


def draw(path: Path, curves: dict[str, Readings], within: float) -> None:
    """Reliability curves, and below them how many keypoints there are of each confidence."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 6), dpi=120, layout='constrained')
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    upper.plot([0, 1], [0, 1], color='0.6', linestyle='--', label='as it should be')
    for name, readings in curves.items():
        correct = (readings.distances < within)[readings.counted]
        bins = reliability_bins(readings.confidences[readings.counted], correct)
        full = bins.counts > 0
        upper.plot(bins.confidence[full], bins.correct[full], marker='o', label=name)
        lower.stairs(bins.counts, bins.edges, fill=True, alpha=0.5)
    upper.set_ylabel(f'share within {100 * within:g} % of the image side')
    upper.set_ylim(0, 1.02)
    upper.legend(loc='upper left')
    lower.set_xlabel('confidence')
    lower.set_ylabel('keypoints')
    lower.set_yscale('log')
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def save(model: nn.Module, source: str, out: Path) -> None:
    """Write a copy of the checkpoint with the calibration of the model."""
    checkpoint = load_from_local(source, map_location='cpu')
    weights = checkpoint.get('state_dict', checkpoint)
    state = model.head.calibration.state_dict()
    weights.update({_PREFIX + name: value.detach().cpu().clone() for name, value in state.items()})
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(to_plain(checkpoint), out)


def run(args: argparse.Namespace) -> None:
    """Fit, report, write.

    Raises:
        ValueError: if there is nothing to fit on or to fit.
    """
    if not 0 < args.within < 100:
        raise ValueError(f"--within must be a share of the image's side in per cent, got {args.within:g}")
    within, out = args.within / 100, Path(args.out)
    config = load_config(args.config, args.cfg_options)
    labelled, tested = fit_set(config), build_test_set(config)
    refuse_overlap(labelled, tested)
    model = init_keypoint_model(config, args.checkpoint, args.device)
    if not hasattr(model.head, 'calibration'):
        raise ValueError(f'{type(model.head).__name__} has no confidence of ours to calibrate')
    model.head.calibration = ConfidenceCalibration(len(model.head.calibration.offsets)).to(args.device)
    to_fit, to_test = read(model, labelled), read(model, tested)
    calibrate(model, to_fit, within)
    curves = {'raw': to_test, 'calibrated': calibrated(model, to_test)}
    print(f'fitted on {len(labelled)} images: slope {float(model.head.calibration.slope):.3f}\n')
    for name, readings in curves.items():
        print(table(f'{name}, test set', readings, within), end='\n\n')
    picture = Path(args.picture) if args.picture else out.with_suffix('.png')
    draw(picture, curves, within)
    save(model, args.checkpoint, out)
    print(f'wrote {out} and {picture}')


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    args = parse_args(arguments)
    with trust_checkpoints(args.trust_checkpoint):
        try:
            run(args)
        except (CheckpointError, ConfigError, FileNotFoundError, ValueError) as error:
            sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
