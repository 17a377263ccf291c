"""Converts Caltech-UCSD Birds-200-2011 (Wah et al. 2011) as AutoLink uses it (He et al. 2022).

The download, unpacked as it is::

    ROOT/images.txt                  number and file of every photo
    ROOT/image_class_labels.txt      number and species (1 to 200)
    ROOT/train_test_split.txt        number and 1 (training) or 0 (test)
    ROOT/bounding_boxes.txt          number, x, y, width, height
    ROOT/parts/part_locs.txt         number, part (1 to 15), x, y, visible (0 or 1)
    ROOT/images/<species>/<name>.jpg

Each bird is cut out by a square around its box, as far as the photo goes, and squashed to 128 x 128 pixels, labels with
it. Written to OUT (ROOT/autolink by default, ROOT/aligned with ``--aligned``):

- ``pictures/<species>/<name>.png``
- ``train.json``, ``test.json``: all species
- ``train_three.json``, ``test_001.json``, ``test_002.json``, ``test_003.json``: the first three species together to
  train and fit on, and each to test; not with ``--aligned``

Birds with fewer than ``--min-visible`` visible parts are left out; parts more than a quarter of the crop outside of it
count as hidden.

Example: python tools/dataset_converters/cub_to_coco.py data/CUB_200_2011
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mmengine.utils import ProgressBar
from PIL import Image

from kpgan_mm.datasets.coco_files import coco_sample, write_coco
from kpgan_mm.datasets.metainfo.cub_15 import dataset_info

NAMES = [dataset_info['keypoint_info'][part]['name'] for part in range(15)]
SWAPPED = [NAMES.index(dataset_info['keypoint_info'][part]['swap'] or NAMES[part]) for part in range(15)]
# Of the crop's side.
MARGIN = 0.25
BEAK, LEFT_EYE, RIGHT_EYE = (NAMES.index(name) for name in ('beak', 'left_eye', 'right_eye'))


class Bird(NamedTuple):
    """One photo: file, species, whether it is for training, box (x, y, width, height), and parts."""

    file: str
    species: int
    training: bool
    box: np.ndarray
    parts: np.ndarray
    visible: np.ndarray


def read_columns(path: Path, count: int) -> list[list[str]]:
    """The rows of a list, ``count`` columns each.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a row has another number of columns.
    """
    if not path.is_file():
        raise FileNotFoundError(f'{path} is missing: unpack CUB_200_2011.tgz and give the folder CUB_200_2011')
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    for number, row in enumerate(rows, start=1):
        if len(row) != count:
            raise ValueError(f'{path}, line {number} should have {count} columns: {" ".join(row)!r}')
    return rows


def read_birds(root: Path) -> list[Bird]:
    """All photos, in the order of ``images.txt``.

    Raises:
        FileNotFoundError: If a list is missing.
        ValueError: If a list is of another form, or lacks a photo.
    """
    files = dict(read_columns(root / 'images.txt', 2))
    species = dict(read_columns(root / 'image_class_labels.txt', 2))
    training = dict(read_columns(root / 'train_test_split.txt', 2))
    boxes = {number: values for number, *values in read_columns(root / 'bounding_boxes.txt', 5)}
    parts = {number: np.zeros((len(NAMES), 3)) for number in files}
    for number, part, *values in read_columns(root / 'parts' / 'part_locs.txt', 5):
        if number not in parts or not 1 <= int(part) <= len(NAMES):
            raise ValueError(f'{root / "parts/part_locs.txt"} has part {part} of photo {number}, which does not exist')
        parts[number][int(part) - 1] = [float(value) for value in values]
    for where, listed in (
        ('image_class_labels.txt', species),
        ('train_test_split.txt', training),
        ('bounding_boxes.txt', boxes),
    ):
        missing = sorted(set(files) - set(listed))
        if missing:
            raise ValueError(f'{root / where} lacks photo {missing[0]}: it is not complete')
    return [
        Bird(
            file,
            int(species[number]),
            training[number] == '1',
            np.array(boxes[number], dtype=float),
            parts[number][:, :2],
            parts[number][:, 2] > 0,
        )
        for number, file in files.items()
    ]


def crop_of(bird: Bird, size: tuple[int, int], released: bool) -> tuple[np.ndarray, np.ndarray]:
    """Corners (2, 2) of the crop in pixels of the photo, and which parts (15,) are visible.

    Args:
        bird: The photo.
        size: Its (width, height).
        released: Reckon as AutoLink's code does: photos are trimmed to multiples of 16 pixels first, half of it on each
            side, which moves the crop's upper left corner and forgets to move the lower right one.
    """
    size = np.array(size, dtype=float)
    middle, half = bird.box[:2] + bird.box[2:] / 2, bird.box[2:].max() / 2
    low, high = np.maximum(middle - half, 0), np.minimum(middle + half, size)
    if not released:
        return np.stack([low, high]), bird.visible
    shift, trimmed = size % 16 // 2, size - size % 16
    low, high = np.maximum(low - shift, 0), np.minimum(high, trimmed)
    moved = bird.parts - shift
    inside = ((moved >= 0) & (moved < trimmed)).all(axis=1)
    return np.stack([low, high]) + shift, bird.visible & inside


def faces_right(bird: Bird) -> bool:
    """Whether the head is on the right: its right eye alone is seen, or else the beak is right of the other parts."""
    eyes = bird.visible[[LEFT_EYE, RIGHT_EYE]]
    if eyes.sum() == 1:
        return bool(eyes[1])
    others = bird.visible.copy()
    others[BEAK] = False
    return bool(bird.visible[BEAK] and others.any() and bird.parts[BEAK, 0] > bird.parts[others, 0].mean())


def write_picture(root: Path, bird: Bird, out: Path, side: int, released: bool, aligned: bool) -> dict:
    """Writes one picture and gives its sample.

    Raises:
        FileNotFoundError: If the photo does not exist.
        ValueError: If it is damaged, or the box lies outside it.
    """
    path = root / 'images' / bird.file
    if not path.is_file():
        raise FileNotFoundError(f'photo {path} is missing: unpack CUB_200_2011.tgz again')
    name = str(Path(bird.file).with_suffix('.png'))
    target = out / 'pictures' / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with Image.open(path) as photo:
            corners, visible = crop_of(bird, photo.size, released)
            if (corners[1] - corners[0] < 1).any():
                raise ValueError(f'the box of {bird.file} lies outside the photo')
            picture = photo.convert('RGB').resize(
                (side, side), Image.Resampling.BILINEAR, box=tuple(corners.ravel().tolist())
            )
    except OSError:
        raise ValueError(f'photo {path} is damaged: unpack CUB_200_2011.tgz again') from None
    parts = (bird.parts - corners[0]) / (corners[1] - corners[0])
    # A label so far outside of its bird is none.
    visible = visible & (parts > -MARGIN).all(axis=1) & (parts < 1 + MARGIN).all(axis=1)
    parts = parts * side
    if aligned and faces_right(bird):
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        # The middle of the first pixel is at 0, that of the last at side - 1.
        parts = np.column_stack([side - 1 - parts[SWAPPED, 0], parts[SWAPPED, 1]])
        visible = visible[SWAPPED]
    picture.save(target)
    return coco_sample(name, (side, side), parts, visible)


def convert(
    root: Path, out: Path, side: int = 128, min_visible: int = 7, released: bool = False, aligned: bool = False
) -> dict[str, int]:
    """Does the whole conversion; see the top of this file.

    Returns:
        dict: Number of birds in each file.

    Raises:
        FileNotFoundError: If a list or a photo is missing.
        ValueError: If a list is of another form, or a part is empty.
    """
    birds = [bird for bird in read_birds(root) if bird.visible.sum() >= min_visible]
    out.mkdir(parents=True, exist_ok=True)
    progress, samples = ProgressBar(len(birds), file=sys.stderr), []
    for bird in birds:
        samples.append((bird, write_picture(root, bird, out, side, released, aligned)))
        progress.update()
    chosen = dict(train=lambda bird: bird.training, test=lambda bird: not bird.training)
    if not aligned:
        chosen['train_three'] = lambda bird: bird.training and bird.species <= 3
        for species in (1, 2, 3):
            chosen[f'test_{species:03d}'] = lambda bird, species=species: not bird.training and bird.species == species
    return {
        part: write_coco(out / f'{part}.json', [sample for bird, sample in samples if is_in(bird)], 'bird', NAMES)
        for part, is_in in chosen.items()
    }


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', type=Path, help='the folder CUB_200_2011')
    parser.add_argument('--out', type=Path, help='folder of the results')
    parser.add_argument('--size', type=int, default=128, help='side of the pictures (default: 128)')
    parser.add_argument('--min-visible', type=int, default=7, help='least number of visible parts (default: 7)')
    parser.add_argument('--released-crop', action='store_true', help='crop as the released code does, errors included')
    parser.add_argument('--aligned', action='store_true', help='mirror birds that face right')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Runs the converter."""
    args = parse_args(arguments)
    out = args.out or args.root / ('aligned' if args.aligned else 'autolink')
    try:
        count = convert(args.root, out, args.size, args.min_visible, args.released_crop, args.aligned)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print('\nwrote ' + ', '.join(f'{number} birds to {part}.json' for part, number in count.items()))


if __name__ == '__main__':
    main()
