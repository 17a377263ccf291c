"""Converts CelebA's original photos ("in the wild", Liu et al. 2015) as AutoLink uses them (He et al. 2022).

The downloads, unpacked as they are::

    ROOT/Img/img_celeba/000001.jpg ...
    ROOT/Anno/list_landmarks_celeba.txt    number, header, then: file, x and y of five landmarks
    ROOT/Anno/list_bbox_celeba.txt         number, header, then: file, x, y, width and height of the face
    ROOT/Eval/list_eval_partition.txt      file, 0 (training), 1 (validation) or 2 (test)
    ROOT/MAFL/training.txt, ROOT/MAFL/testing.txt    a file name a line

Photos whose face box covers less than 30 % of them are left out, in every part. The others are squashed to squares of
128 pixels, and labels with them. Written to OUT (ROOT/wild by default):

- ``pictures/*.png``
- ``train.json``: CelebA's training part without MAFL's test part; no labels
- ``mafl_train.json``, ``mafl_test.json``: to fit the map on and to test; with ``photo_size``, by which
  ``kpgan_mm.CelebAWildDataset`` finds the labels that AutoLink's code makes since January 2023

Example: python tools/dataset_converters/celeba_wild_to_coco.py data/celeba
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from celeba_to_coco import CATEGORY, MAFL, NUM_KEYPOINTS, PARTITION, read_landmarks, read_lines
from mmengine.utils import ProgressBar
from PIL import Image

from kpgan_mm.datasets.coco_files import coco_sample, write_coco

IMAGES = 'Img/img_celeba'
LANDMARKS = 'Anno/list_landmarks_celeba.txt'
BOXES = 'Anno/list_bbox_celeba.txt'
LEAST_SHARE = 0.3


def read_areas(path: Path) -> dict[str, int]:
    """Area of the face's box by file name, in pixels.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a line is no file name and four numbers.
    """
    areas = {}
    for number, line in enumerate(read_lines(path)[2:], start=3):
        name, *values = line.split()
        if len(values) != 4 or not all(value.lstrip('-').isdecimal() for value in values):
            raise ValueError(f'{path}, line {number} is no file name and 4 whole numbers: {line!r}')
        areas[name] = int(values[2]) * int(values[3])
    return areas


def read_parts(root: Path) -> dict[str, list[str]]:
    """File names of each part, in the order of the lists.

    Raises:
        FileNotFoundError: If a list is missing.
        ValueError: If a line of the partition is of another form.
    """
    listed = {part: [line.strip() for line in read_lines(root / 'MAFL' / f'{part}.txt')] for part in MAFL}
    tested, train = set(listed['testing']), []
    for line in read_lines(root / PARTITION):
        name, _, part = line.strip().rpartition(' ')
        if part not in ('0', '1', '2'):
            raise ValueError(f'{root / PARTITION} should hold lines such as "000001.jpg 0", and has {line!r}')
        if part == '0' and name.strip() not in tested:
            train.append(name.strip())
    return dict(
        train=train, mafl_train=[name for name in listed['training'] if name not in tested], mafl_test=listed['testing']
    )


def squash(root: Path, name: str, face_area: int, target: Path, side: int) -> tuple[int, int] | None:
    """Writes one photo as a square, unless its face is too small.

    Returns:
        tuple[int, int] | None: (width, height) of the photo; None if it is left out.

    Raises:
        FileNotFoundError: If it does not exist.
        ValueError: If it is damaged.
    """
    path = root / IMAGES / name
    if not path.is_file():
        raise FileNotFoundError(f'photo {path} is missing: unpack img_celeba.7z into {root / "Img"}')
    try:
        with Image.open(path) as photo:
            width, height = photo.size
            if face_area < LEAST_SHARE * width * height:
                return None
            photo.convert('RGB').resize((side, side), Image.Resampling.BILINEAR).save(target)
    except OSError:
        raise ValueError(f'photo {path} is damaged: unpack img_celeba.7z again') from None
    return width, height


def convert(root: Path, out: Path, side: int = 128) -> dict[str, tuple[int, int]]:
    """Does the whole conversion; see the top of this file.

    Returns:
        dict: For each part how many photos were listed, and how many written.

    Raises:
        FileNotFoundError: If a list or a photo is missing.
        ValueError: If a list is of another form or names a photo that the others do not, or no photo is left.
    """
    landmarks, areas, parts = read_landmarks(root / LANDMARKS), read_areas(root / BOXES), read_parts(root)
    names = sorted({name for part in parts.values() for name in part})
    for listed, where in ((landmarks, LANDMARKS), (areas, BOXES)):
        unknown = next((name for name in names if name not in listed), None)
        if unknown:
            raise ValueError(f'the lists of parts name {unknown}, which {root / where} does not have')
    (out / 'pictures').mkdir(parents=True, exist_ok=True)
    progress, sizes = ProgressBar(len(names), file=sys.stderr), {}
    for name in names:
        size = squash(root, name, areas[name], out / 'pictures' / f'{Path(name).stem}.png', side)
        if size is not None:
            sizes[name] = size
        progress.update()
    counts = {}
    for part, listed in parts.items():
        kept = [name for name in listed if name in sizes]
        counts[part] = (len(listed), len(kept))
        samples = []
        for name in kept:
            points = np.reshape(landmarks[name], (NUM_KEYPOINTS, 2)) * side / np.array(sizes[name])
            labels = None if part == 'train' else points
            samples.append(coco_sample(f'{Path(name).stem}.png', (side, side), labels, photo_size=sizes[name]))
        write_coco(out / f'{part}.json', samples, CATEGORY['name'], CATEGORY['keypoints'])
    return counts


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', type=Path, help='folder that holds Img, Anno, Eval and MAFL')
    parser.add_argument('--out', type=Path, help='folder of the results (default: ROOT/wild)')
    parser.add_argument('--size', type=int, default=128, help='side of the pictures (default: 128)')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Runs the converter."""
    args = parse_args(arguments)
    try:
        counts = convert(args.root, args.out or args.root / 'wild', args.size)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print('\nwrote ' + ', '.join(f'{kept} of {listed} photos to {part}' for part, (listed, kept) in counts.items()))


if __name__ == '__main__':
    main()
