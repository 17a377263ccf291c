"""Show what a config's data set gives: frames, references, drawn poses of the prior, labels."""

import argparse
import sys

import numpy as np
import torch
from mmengine.config import Config, DictAction
from mmengine.registry import DATASETS, init_default_scope

import kpgan_mm  # noqa: F401  (makes MMPose importable)
from kpgan_mm.evaluation.crops import image_to_crop
from kpgan_mm.geometry import Skeleton, render_skeleton
from kpgan_mm.utils.config import check_data, load_config
from kpgan_mm.utils.metainfo import load_metainfo
from kpgan_mm.visualization import draw_grid, draw_pose_tile, draw_tile, to_uint8, write_picture


def picture(inputs: torch.Tensor) -> np.ndarray:
    """An image of the data set, ``(3, H, W)`` uint8 BGR, as ``(H, W, 3)`` RGB."""
    return np.ascontiguousarray(inputs.permute(1, 2, 0).numpy().astype(np.uint8)[..., ::-1])


def rows_of(samples: list[dict], metainfo: dict, skeleton: Skeleton) -> dict[str, list[np.ndarray]]:
    """Rows of the contact picture: those of frame, reference, prior and label that the samples hold."""
    data_samples = [sample['data_samples'] for sample in samples]
    frames = [picture(sample['inputs']) for sample in samples]
    width, height = data_samples[0].metainfo.get('input_size', frames[0].shape[1::-1])
    rows = {}
    # sets of poses alone carry an empty picture of another size
    if frames[0].shape[:2] == (height, width):
        rows['image'] = [draw_tile(frame) for frame in frames]
        if 'ref_inputs' in samples[0]:
            rows['reference'] = [draw_tile(picture(sample['ref_inputs'])) for sample in samples]
        if 'keypoints' in data_samples[0].get('gt_instances', {}):
            links, colors = metainfo['skeleton_links'], metainfo['keypoint_colors']
            labels = [image_to_crop(sample.gt_instances.keypoints[0], sample.metainfo) for sample in data_samples]
            pairs = zip(frames, labels, strict=True)
            rows['label'] = [draw_pose_tile(frame, label, links, colors) for frame, label in pairs]
    if 'prior_keypoints' in data_samples[0].get('gt_instance_labels', {}):
        keypoints = torch.cat([sample.gt_instance_labels.prior_keypoints for sample in data_samples])
        drawn = render_skeleton(keypoints, skeleton.links, (height, width))
        rows['prior, drawn'] = [draw_tile(image) for image in to_uint8(drawn)]
    return rows


def browse(config: Config, phase: str, number: int) -> np.ndarray:
    """Contact picture of the first training draws, or of test samples spread over the set.

    Raises:
        ValueError: if the config has no such data set.
    """
    loader = config.get(f'{phase}_dataloader')
    if not loader:
        raise ValueError(f'the config has no {phase}_dataloader')
    init_default_scope(config.get('default_scope', 'mmpose'))
    dataset = DATASETS.build(loader.dataset)
    number = min(number, len(dataset))
    indices = (
        range(number) if phase == 'train' else np.linspace(0, len(dataset) - 1, number).round().astype(int).tolist()
    )
    # The data set's parsed metainfo has lost `rendered_links`.
    skeleton = Skeleton.from_metainfo(load_metainfo(loader.dataset.get('metainfo') or dataset.metainfo))
    return draw_grid(rows_of([dataset[index] for index in indices], dataset.metainfo, skeleton))


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--phase', choices=('train', 'val', 'test'), default='train', help='which data set (default: train)'
    )
    parser.add_argument('--number', type=int, default=8, help='samples to show (default: %(default)s)')
    parser.add_argument('--out', default='dataset.png', help='picture to write (default: %(default)s)')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, default={}, help='key=value pairs for the config'
    )
    args = parser.parse_args(arguments)
    if args.number < 1:
        sys.exit('error: --number must be at least 1')
    try:
        config = load_config(args.config, args.cfg_options)
        check_data(config, (args.phase,))
        write_picture(args.out, browse(config, args.phase, args.number))
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(f'wrote {args.out}')


if __name__ == '__main__':
    main()
