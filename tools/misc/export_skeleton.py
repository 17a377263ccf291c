"""Write the skeleton that a model has learned as a metainfo file, for MMPose's tools and as a KeypointGAN's skeleton.

    python tools/misc/export_skeleton.py configs/autolink_puppets.py CHECKPOINT skeleton.py

A configuration then says metainfo = dict(from_file='skeleton.py').

Edges of a weight of at least a tenth of the largest count (--ratio), or with --edges tree those that link all keypoints
with the largest weights. An absolute threshold would count edges that were never trained.
"""

import argparse
import pprint
import sys
from pathlib import Path

from kpgan_mm.apis import init_keypoint_model
from kpgan_mm.utils.checkpoint import CheckpointError
from kpgan_mm.utils.cli import add_trust_checkpoint

HEADER = '"""Skeleton learned by {model} ({edges}), written by tools/misc/export_skeleton.py."""\n\ndataset_info = '


def export_skeleton(config: str, checkpoint: str, out: Path, edges: str = 'strong', ratio: float = 0.1, **load) -> dict:
    """Read the graph off a checkpoint and write it.

    Args:
        config (str): configuration that the model was trained with.
        checkpoint (str): its weights.
        out (Path): metainfo file to write, ending in .py.
        edges (str): 'strong' or 'tree'; see ``LinkedKeypointBottleneck.learned_links``.
        ratio (float): of the largest weight, for 'strong'.
        load: further arguments of ``init_keypoint_model``.

    Returns:
        dict: the metainfo.

    Raises:
        ValueError: if the file would be no Python file, or the model learns no skeleton.
    """
    if out.suffix != '.py':
        raise ValueError(f'{out} must end in .py: metainfo files are Python')
    head = init_keypoint_model(config, checkpoint, **load).head
    if not hasattr(head, 'learned_metainfo'):
        raise ValueError(f'{config} has the head {type(head).__name__}, which learns no skeleton')
    metainfo = head.learned_metainfo(edges, ratio)
    what = f'edges of at least {ratio:g} times the largest weight' if edges == 'strong' else 'maximum spanning tree'
    out.parent.mkdir(parents=True, exist_ok=True)
    text = pprint.pformat(metainfo, width=118, sort_dicts=False)
    out.write_text(HEADER.format(model=Path(config).stem, edges=what) + text + '\n')
    return metainfo


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='configuration that the model was trained with')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument('out', help='metainfo file to write, .py')
    parser.add_argument('--edges', choices=['strong', 'tree'], default='strong', help='which edges count')
    parser.add_argument('--ratio', type=float, default=0.1, help='least share of the largest weight, for strong edges')
    add_trust_checkpoint(parser)
    args = parser.parse_args(arguments)
    try:
        metainfo = export_skeleton(
            args.config,
            args.checkpoint,
            Path(args.out),
            args.edges,
            args.ratio,
            trust_checkpoint=args.trust_checkpoint,
        )
    except (CheckpointError, FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    linked = {name for link in metainfo['skeleton_info'].values() for name in link['link']}
    alone = [info['name'] for info in metainfo['keypoint_info'].values() if info['name'] not in linked]
    print(f'wrote {args.out}: {len(metainfo["keypoint_info"])} keypoints, {len(metainfo["skeleton_info"])} links')
    if alone:
        print(f'not linked: {", ".join(alone)} (--edges tree links all)')


if __name__ == '__main__':
    main()
