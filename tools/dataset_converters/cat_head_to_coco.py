"""Converts the CAT data set of cat heads (Zhang et al. 2008) to annotation files.

Its layout; a flat folder of pictures and label files does as well::

    ROOT/CAT_00/00000001_000.jpg
    ROOT/CAT_00/00000001_000.jpg.cat     9 x1 y1 ... x9 y9
    ROOT/CAT_01/... to ROOT/CAT_06/...

The nine points are left eye, right eye, mouth, three of the left ear and three of the right one, sides as seen in the
picture; pixels from the upper left corner. Seven are kept: the second point of each ear, its tip, is not scored.

Written to OUT (ROOT by default, where ``configs/kpgan_cat_head.py`` looks for them), picture paths relative to OUT:

- ``train.json``: pictures to train on, without keypoints
- ``prior.json``: keypoints of the other half of the training split; its pictures are not used
- ``test.json``: pictures with keypoints

Split: files in the order of the SHA-1 of their name (``00000001_000.jpg``), so that neither folders nor the order of
unpacking matter. The first tenth (``--test-share``) is the test split; of the rest, which is the training split, the
first half is for pictures and the second for poses.

Box: a square around the middle of all nine points, 1.25 times as large as their larger extent; it may leave the
picture.

A file that cannot be used is named with its reason and left out.

Example: python tools/dataset_converters/cat_head_to_coco.py data/cat_head
"""

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

import cv2
import numpy as np

NUM_POINTS = 9
# Without the tips of the ears: points 1 to 4, 6, 7 and 9 in the count from one of the published evaluation.
SCORED = (0, 1, 2, 3, 5, 6, 8)
EYES = (0, 1)
BOX_SCALE = 1.25


def read_points(path: Path) -> np.ndarray:
    """Points (9, 2) of a ``.cat`` file, as (x, y) in pixels.

    Raises:
        ValueError: If it holds something else.
    """
    try:
        values = [float(word) for word in path.read_text().split()]
    except ValueError:
        raise ValueError('its label holds something else than numbers') from None
    if not values or values[0] != NUM_POINTS or len(values) != 1 + 2 * NUM_POINTS:
        raise ValueError(
            f'its label should be {NUM_POINTS} and {2 * NUM_POINTS} coordinates, got {len(values)} numbers'
        )
    return np.array(values[1:]).reshape(NUM_POINTS, 2)


def read_sample(label: Path) -> dict:
    """Path, size and points of one cat.

    Raises:
        ValueError: If the picture or the label cannot be used.
    """
    points = read_points(label)
    picture = label.with_suffix('')
    if not picture.is_file():
        raise ValueError('its picture is missing')
    image = cv2.imread(str(picture))
    if image is None:
        raise ValueError('its picture cannot be decoded')
    height, width = image.shape[:2]
    scored = points[list(SCORED)]
    outside = ((scored < 0) | (scored > [width - 1, height - 1])).any(axis=1).sum()
    if outside:
        raise ValueError(f'{outside} of its {len(SCORED)} scored points lie outside the {width} x {height} picture')
    if (points[EYES[0]] == points[EYES[1]]).all():
        raise ValueError('both of its eyes are at one place, and errors are measured by their distance')
    return dict(picture=picture, width=width, height=height, points=points)


def find_samples(root: Path) -> list[dict]:
    """All cats that can be used, in the order of the split; the others are reported to standard error.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If it holds no cat that can be used.
    """
    if not root.is_dir():
        raise FileNotFoundError(f'{root} does not exist: give the folder that holds CAT_00, CAT_01, ...')
    samples = []
    labels = [path for path in root.rglob('*.cat') if path.is_file()]
    for label in sorted(labels, key=lambda path: (hashlib.sha1(path.stem.encode()).hexdigest(), path)):
        try:
            samples.append(read_sample(label))
        except ValueError as error:
            print(f'left out {label.with_suffix("")}: {error}', file=sys.stderr)
    for picture in sorted(root.rglob('*.jpg')):
        if not picture.with_name(picture.name + '.cat').is_file():
            print(f'left out {picture}: it has no label {picture.name}.cat', file=sys.stderr)
    if not samples:
        raise ValueError(f'{root} has no *.jpg.cat with its picture: give the folder that holds CAT_00, CAT_01, ...')
    return samples


def split_samples(samples: list[dict], test_share: float) -> dict[str, list[dict]]:
    """Test, pictures and poses, disjoint; see the top of this file.

    Raises:
        ValueError: If one of them would be empty.
    """
    num_test = round(len(samples) * test_share)
    num_train = (len(samples) - num_test + 1) // 2
    splits = dict(
        train=samples[num_test : num_test + num_train], prior=samples[num_test + num_train :], test=samples[:num_test]
    )
    empty = [name for name, members in splits.items() if not members]
    if empty:
        raise ValueError(f'{len(samples)} cats with a test share of {test_share:g} leave none for {", ".join(empty)}')
    return splits


def head_box(points: np.ndarray) -> list[float]:
    """Square (x, y, width, height) around a head's nine points (9, 2)."""
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max()) * BOX_SCALE
    x, y = (low + high) / 2 - side / 2
    return [round(float(value), 3) for value in (x, y, side, side)]


def write_annotations(path: Path, samples: list[dict], labelled: bool) -> None:
    """Writes one split as a COCO-style file; every picture is a video of one frame."""
    images, annotations = [], []
    for number, sample in enumerate(samples):
        file_name = Path(os.path.relpath(sample['picture'], path.parent)).as_posix()
        images.append(
            dict(
                id=number,
                file_name=file_name,
                video_id=file_name,
                frame_id=0,
                width=sample['width'],
                height=sample['height'],
            )
        )
        box = head_box(sample['points'])
        annotation = dict(
            id=number, image_id=number, category_id=1, bbox=box, area=round(box[2] * box[3], 3), iscrowd=0
        )
        if labelled:
            triples = [[*map(float, sample['points'][k]), 2] for k in SCORED]
            annotation.update(keypoints=sum(triples, []), num_keypoints=len(SCORED))
        annotations.append(annotation)
    content = dict(images=images, annotations=annotations, categories=[dict(id=1, name='cat')])
    path.write_text(json.dumps(content))


def convert(root: Path, out: Path, test_share: float = 0.1) -> dict[str, int]:
    """Does the whole conversion; see the top of this file.

    Returns:
        dict: Number of cats in each file.

    Raises:
        FileNotFoundError: If the folder does not exist.
        ValueError: If a split would be empty.
    """
    splits = split_samples(find_samples(root), test_share)
    out.mkdir(parents=True, exist_ok=True)
    for name, samples in splits.items():
        write_annotations(out / f'{name}.json', samples, labelled=name != 'train')
    return {name: len(samples) for name, samples in splits.items()}


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', type=Path, help='folder that holds CAT_00, CAT_01, ..., or the files themselves')
    parser.add_argument('--out', type=Path, help='folder of the results (default: ROOT)')
    parser.add_argument('--test-share', type=float, default=0.1, help='of all cats (default: %(default)s)')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Runs the converter."""
    args = parse_args(arguments)
    out = args.out or args.root
    try:
        count = convert(args.root, out, args.test_share)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(f'wrote {count["train"]} training pictures, {count["prior"]} prior poses, {count["test"]} test cats to {out}')


if __name__ == '__main__':
    main()
