"""Look at models, move their keypoints, and place poses by hand, in the browser.

    python tools/studio.py work_dirs/kpgan_puppets/iter_4500.pth

prints an address to open. docs/studio.md has the rest.
"""

import argparse
import sys

from kpgan_mm.studio import serve
from kpgan_mm.utils.checkpoint import CheckpointError
from kpgan_mm.utils.cli import add_trust_checkpoint


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoints', nargs='*', metavar='CHECKPOINT', help='weights; two or more can be compared')
    parser.add_argument('--config', help='config of all of them (default: the one .py file beside each)')
    parser.add_argument(
        '--project',
        default='.',
        help='folder of pictures, videos and runs; all that the page reaches (default: %(default)s)',
    )
    parser.add_argument(
        '--skeleton',
        action='append',
        default=[],
        metavar='FILE',
        help='a metainfo file to place joints by; may be repeated (default: that of the model)',
    )
    parser.add_argument('--host', default='127.0.0.1', help='address to listen on (default: %(default)s)')
    parser.add_argument('--port', type=int, default=8077, help='0 takes any free one (default: %(default)s)')
    parser.add_argument('--device', default='cpu', help='cpu, cuda:0 ... (default: %(default)s)')
    add_trust_checkpoint(parser)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    args = parse_args(arguments)
    try:
        serve(
            args.checkpoints,
            config=args.config,
            project=args.project,
            host=args.host,
            port=args.port,
            skeletons=args.skeleton,
            device=args.device,
            trust_checkpoint=args.trust_checkpoint,
        )
    except (CheckpointError, ImportError, OSError, ValueError) as error:
        sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
