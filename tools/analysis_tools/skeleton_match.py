"""Say what share of the labelled limbs a learned skeleton covers.

    python tools/analysis_tools/skeleton_match.py configs/autolink_puppets.py CHECKPOINT

Keypoints are matched with the joints of the test set, one to one and by their mean distance (Hungarian method). A limb
is covered if the keypoints of its two ends are linked. Links are those of the tree and the strong edges; random
links of the same number stand beside them, for many links cover much. Labels are used for this measurement only.
"""

import argparse
import sys

import numpy as np

from kpgan_mm.apis import build_test_set, init_keypoint_model, predict_samples
from kpgan_mm.evaluation.skeleton_match import covered_limbs, match_keypoints, share_by_chance
from kpgan_mm.utils.checkpoint import CheckpointError
from kpgan_mm.utils.cli import add_cfg_options, add_trust_checkpoint
from kpgan_mm.utils.config import load_config


def measure(args: argparse.Namespace) -> list[str]:
    """Lines of the report.

    Raises:
        ValueError: if the model learns no skeleton or the test set has no labels.
    """
    cfg = load_config(args.config, args.cfg_options)
    model = init_keypoint_model(cfg, args.checkpoint, device=args.device, trust_checkpoint=args.trust_checkpoint)
    if not hasattr(model.head, 'learned_links'):
        raise ValueError(f'{args.config} has the head {type(model.head).__name__}, which learns no skeleton')
    dataset = build_test_set(cfg)
    samples = predict_samples(model, [dataset[index] for index in range(len(dataset))])
    if not all('keypoints' in sample.gt_instances for sample in samples):
        raise ValueError(f'the test set of {args.config} has no labels to compare with')
    predictions, labels = (
        np.stack([np.asarray(getattr(sample, part).keypoints)[0] for sample in samples])
        for part in ('pred_instances', 'gt_instances')
    )
    visible = np.stack([np.asarray(sample.gt_instances.keypoints_visible).reshape(-1) > 0 for sample in samples])
    limbs = [tuple(link) for link in dataset.metainfo['skeleton_links']]
    matched = match_keypoints(predictions, labels, visible)
    names = dataset.metainfo['keypoint_id2name']
    lines = [f'{len(samples)} images, {len(limbs)} limbs, {model.head.num_keypoints} keypoints']
    for edges in ('tree', 'strong'):
        links = model.head.learned_links(edges, args.ratio)
        covered = covered_limbs(limbs, matched, links)
        chance = share_by_chance(model.head.num_keypoints, len(links))
        lines.append(
            f'{edges}: {len(links)} links cover {len(covered)} limbs, {len(covered) / len(limbs):.1%} '
            f'(as many at random: {chance:.1%})'
        )
        lines += [f'  {names[a]} - {names[b]}' for a, b in covered]
    return lines


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='configuration that the model was trained with')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument('--ratio', type=float, default=0.1, help='least share of the largest weight of a strong edge')
    parser.add_argument('--device', default='cpu', help='cpu, cuda:0 ... (default: %(default)s)')
    add_trust_checkpoint(parser)
    add_cfg_options(parser, 'replace settings of the config, such as data_root=FOLDER')
    args = parser.parse_args(arguments)
    try:
        print(*measure(args), sep='\n')
    except (CheckpointError, FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
