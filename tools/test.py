"""Test a checkpoint: MMPose's metrics and kpgan_mm's, as the configuration's `test_evaluator` says.

python tools/test.py CONFIG CHECKPOINT [--dump predictions.pkl] [--out metrics.json] [--show-dir pictures]
"""

import argparse
import os
from pathlib import Path

import mmengine
from mmengine.config import Config
from mmengine.dist import get_rank
from mmengine.hooks import Hook

import kpgan_mm  # noqa: F401  (registers everything, and makes MMPose importable)
from kpgan_mm.engine import join_processes
from kpgan_mm.utils.cli import add_common_arguments, build_runner, leave, report, run_tool
from kpgan_mm.utils.config import ConfigError, check_data, load_config, merge_options, show_predictions
from kpgan_mm.utils.weights import check_weights, weights_of


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description='Test a checkpoint with the metrics of its configuration')
    parser.add_argument('config', help='configuration file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', help='file for the metrics (.json, .yaml or .pkl)')
    parser.add_argument('--dump', help='file for the predictions (.pkl)')
    add_common_arguments(parser)
    return parser.parse_args(argv)


def merge_args(cfg: Config, args: argparse.Namespace) -> None:
    """Merge the command line into the configuration, `--cfg-options` last.

    Raises:
        ConfigError: If the configuration tests nothing, or an argument does not fit it.
    """
    if not cfg.get('test_dataloader') or not cfg.get('test_evaluator'):
        raise ConfigError(f'{args.config} has no test_dataloader and test_evaluator: there is nothing to test.')
    if '://' not in args.checkpoint and not os.path.isfile(os.path.expanduser(args.checkpoint)):
        raise ConfigError(f'There is no checkpoint {args.checkpoint}.')
    cfg.launcher = args.launcher
    cfg.load_from = args.checkpoint
    cfg.resume = False
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or os.path.join('work_dirs', Path(args.config).stem)
    show_predictions(cfg, args)
    if args.dump is not None:
        if not args.dump.endswith(('.pkl', '.pickle')):
            raise ConfigError(f'--dump writes a pickle file, so {args.dump} must end in .pkl.')
        evaluators = cfg.test_evaluator if isinstance(cfg.test_evaluator, (list, tuple)) else [cfg.test_evaluator]
        cfg.test_evaluator = [*evaluators, dict(type='DumpResults', out_file_path=args.dump)]
    merge_options(cfg, args.cfg_options)


class FitHook(Hook):
    """Refuses a checkpoint of another model, of which MMEngine would load what fits.

    Args:
        filename: What to call the checkpoint.
    """

    priority = 'HIGHEST'

    def __init__(self, filename: str) -> None:
        self.filename = filename

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Look at what was read, before the model gets it."""
        check_weights(runner.model, weights_of(checkpoint, self.filename), self.filename)


def test(args: argparse.Namespace) -> None:
    """Build the Runner and test."""
    cfg = load_config(args.config, args.cfg_options)
    merge_args(cfg, args)
    check_data(cfg, ('test',))
    join_processes(cfg.launcher, cfg.get('env_cfg'))
    runner = build_runner(cfg, training=False)
    runner.register_hook(FitHook(cfg.load_from))
    metrics = runner.test()
    written = [f'{name}: {path}' for name, path in (('Predictions', args.dump), ('Metrics', args.out)) if path]
    if args.out and get_rank() == 0:
        mmengine.dump(metrics, args.out)
    report(*written)


if __name__ == '__main__':
    arguments = parse_args()
    leave(run_tool(test, arguments), arguments)
