"""Converts DeepFashion's In-shop pictures with joints of a pose estimator, as AutoLink uses them (He et al. 2022).

::

    ROOT/img/WOMEN/..., ROOT/img/MEN/...      DeepFashion, In-shop Clothes Retrieval, 256 x 256 pixels
    ROOT/data_train.csv, ROOT/data_test.csv   header, then lines whose second column is a picture below img
    ROOT/data_train.json, ROOT/data_test.json a list of {"keypoints": [[x, y], ...]} in pixels, line for line

Written to OUT (ROOT by default): ``train.json`` and ``test.json``.

Example: python tools/dataset_converters/deepfashion_inshop_to_coco.py data/deepfashion
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from kpgan_mm.datasets.coco_files import coco_sample, write_coco
from kpgan_mm.datasets.image_files import image_size
from kpgan_mm.datasets.metainfo.coco_17 import dataset_info

NAMES = [dataset_info['keypoint_info'][joint]['name'] for joint in range(17)]
PARTS = ('train', 'test')


def read_part(root: Path, part: str) -> tuple[list[str], np.ndarray]:
    """Pictures of a part, below ``img``, and their joints (N, K, 2).

    Raises:
        FileNotFoundError: If one of the two files is missing.
        ValueError: If they are of another form, or do not fit together.
    """
    lists, labels = root / f'data_{part}.csv', root / f'data_{part}.json'
    for path in (lists, labels):
        if not path.is_file():
            raise FileNotFoundError(f'{path} is missing: docs/datasets/deepfashion.md says where it comes from')
    rows = [line.split(',') for line in lists.read_text().splitlines()[1:] if line.strip()]
    if any(len(row) < 2 for row in rows):
        raise ValueError(f'{lists} should have two columns or more, the second one a picture')
    names = [row[1].strip() for row in rows]
    try:
        joints = np.array([entry['keypoints'] for entry in json.loads(labels.read_text())], dtype=float)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f'{labels} is no list of {{"keypoints": [[x, y], ...]}} of equal length: {error}') from None
    if joints.ndim != 3 or joints.shape[2] != 2 or len(joints) != len(names):
        raise ValueError(f'{labels} has joints of shape {joints.shape} for the {len(names)} pictures of {lists}')
    if joints.shape[1] != len(NAMES):
        raise ValueError(
            f'{labels} has {joints.shape[1]} joints and coco_17 has {len(NAMES)}: write a metainfo for them, and name '
            'it here and in configs/_base_/datasets/deepfashion.py'
        )
    return names, joints


def convert(root: Path, out: Path) -> dict[str, int]:
    """Does the whole conversion; see the top of this file.

    Returns:
        dict: Number of pictures in each file.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If one is of another form, damaged, or a picture is not square.
    """
    out.mkdir(parents=True, exist_ok=True)
    count = {}
    for part in PARTS:
        samples = []
        for name, joints in zip(*read_part(root, part), strict=True):
            height, width = image_size(str(root / 'img' / name))
            if height != width:
                raise ValueError(f'picture {name} has {width} x {height} pixels: take the 256 x 256 ones of the set')
            samples.append(coco_sample(name, (width, height), joints))
        count[part] = write_coco(out / f'{part}.json', samples, 'person', NAMES)
    return count


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', type=Path, help='folder that holds img and the lists')
    parser.add_argument('--out', type=Path, help='folder of the results (default: ROOT)')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Runs the converter."""
    args = parse_args(arguments)
    try:
        count = convert(args.root, args.out or args.root)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print('wrote ' + ', '.join(f'{number} pictures to {part}.json' for part, number in count.items()))


if __name__ == '__main__':
    main()
