"""Strip a checkpoint to what prediction needs, and name it after its content.

Generator, discriminator, optimisers and the state of the training are left out; backbone, neck and head stay, under the
names that a stock MMPose TopdownPoseEstimator gives them. The meta information keeps what describes the keypoints.
"""

import argparse
import hashlib
import sys
from pathlib import Path

import torch

from kpgan_mm.utils.checkpoint import CheckpointError, load_from_local, to_plain, trust_checkpoints

PREDICTION_PREFIXES = ('backbone.', 'neck.', 'head.')
# What MMPose reads of a checkpoint, and where it came from.
META_KEYS = ('dataset_meta', 'experiment_name', 'iter', 'epoch', 'mmengine_version', 'time')


def strip_checkpoint(checkpoint: dict, everything: bool = False) -> dict:
    """The part of a checkpoint that is published.

    Args:
        checkpoint (dict): as the Runner writes it.
        everything (bool): keep all weights, for reenactment, and drop the state of the training only.

    Returns:
        dict: ``meta`` and ``state_dict``.

    Raises:
        ValueError: if it holds no weights of a backbone and a head.
    """
    weights = checkpoint.get('state_dict', {})
    missing = [prefix for prefix in ('backbone.', 'head.') if not any(name.startswith(prefix) for name in weights)]
    if missing:
        raise ValueError(f'it has no weights called {" or ".join(missing)}: not a checkpoint of a pose estimator')
    kept = {name: value for name, value in weights.items() if everything or name.startswith(PREDICTION_PREFIXES)}
    meta = {key: value for key, value in checkpoint.get('meta', {}).items() if key in META_KEYS}
    return {'meta': meta, 'state_dict': kept}


def publish(source: Path, out: Path, everything: bool = False) -> Path:
    """Write the stripped checkpoint as ``<out>-<first 8 digits of its SHA-256>.pth``.

    Returns:
        Path: the file.
    """
    stripped = strip_checkpoint(load_from_local(str(source), map_location='cpu'), everything)
    out.parent.mkdir(parents=True, exist_ok=True)
    unnamed = out.with_suffix('.unnamed')
    torch.save(to_plain(stripped), unnamed)
    digest = hashlib.sha256(unnamed.read_bytes()).hexdigest()
    return unnamed.replace(out.with_name(f'{out.stem}-{digest[:8]}.pth'))


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', help='checkpoint of a training run')
    parser.add_argument('out', help='file to write; the first digits of its SHA-256 are added to the name')
    parser.add_argument('--everything', action='store_true', help='keep generator and discriminator as well')
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='load a checkpoint that could run code: only from a trusted source',
    )
    args = parser.parse_args(arguments)
    with trust_checkpoints(args.trust_checkpoint):
        try:
            published = publish(Path(args.checkpoint), Path(args.out), args.everything)
        except (CheckpointError, FileNotFoundError) as error:
            sys.exit(f'error: {error}')
        except ValueError as error:
            sys.exit(f'error: {args.checkpoint}: {error}')
    print(f'wrote {published} ({published.stat().st_size / 1e6:.1f} MB)')


if __name__ == '__main__':
    main()
