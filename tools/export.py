"""Export a trained model: ONNX, a program of PyTorch, a slim checkpoint, and a stock configuration of MMPose.

    python tools/export.py CONFIG CHECKPOINT --out-dir exported

Each file that computes something is compared with the model, and not kept if it differs. Needs pip install
kpgan_mm[export]; what the files take and give is in docs/export.md.
"""

import argparse
import sys

from kpgan_mm.apis import export_model
from kpgan_mm.apis.export import FORMATS
from kpgan_mm.utils.checkpoint import CheckpointError
from kpgan_mm.utils.cli import add_cfg_options, add_trust_checkpoint
from kpgan_mm.utils.config import ConfigError


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config the model was trained with')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument('--out-dir', default='exported', help='folder for the files (default: %(default)s)')
    parser.add_argument(
        '--formats', nargs='+', choices=FORMATS, default=FORMATS, help='what to write (default: everything)'
    )
    parser.add_argument('--safetensors', action='store_true', help='write the slim checkpoint as safetensors')
    add_cfg_options(parser, 'replace settings of the config, such as model.test_cfg.flip_test=False')
    add_trust_checkpoint(parser)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    args = parse_args(arguments)
    try:
        files = export_model(
            args.config,
            args.checkpoint,
            args.out_dir,
            args.formats,
            args.safetensors,
            args.trust_checkpoint,
            args.cfg_options,
        )
    except (CheckpointError, ConfigError) as error:
        sys.exit(f'error: {error}')
    for file in files:
        print(f'wrote {file}')


if __name__ == '__main__':
    main()
