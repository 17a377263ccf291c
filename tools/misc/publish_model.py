"""Strip a checkpoint to what prediction needs, and name it after its content.

    python tools/misc/publish_model.py work_dirs/my_video/iter_6000.pth my_video.pth

Generator, discriminator, optimisers and the state of the training are left out; backbone, neck and head stay, under the
names that a stock MMPose TopdownPoseEstimator gives them. tools/export.py writes the same file, and more beside it.
"""

import argparse
import sys

from kpgan_mm.apis import publish
from kpgan_mm.utils.checkpoint import CheckpointError, trust_checkpoints
from kpgan_mm.utils.cli import add_trust_checkpoint


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', help='checkpoint of a training run')
    parser.add_argument(
        'out', help='.pth or .safetensors file to write; the first digits of its SHA-256 are added to the name'
    )
    parser.add_argument('--everything', action='store_true', help='keep generator and discriminator as well')
    add_trust_checkpoint(parser)
    args = parser.parse_args(arguments)
    with trust_checkpoints(args.trust_checkpoint):
        try:
            published = publish(args.checkpoint, args.out, args.everything)
        except (CheckpointError, FileNotFoundError, ImportError) as error:
            sys.exit(f'error: {error}')
        except ValueError as error:
            sys.exit(f'error: {args.checkpoint}: {error}')
    print(f'wrote {published} ({published.stat().st_size / 1e6:.1f} MB)')


if __name__ == '__main__':
    main()
