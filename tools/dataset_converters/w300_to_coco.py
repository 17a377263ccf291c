"""Converts 300-W to the annotation files that MMPose's ``Face300WDataset`` reads.

IMAGES holds the folders of the download, each with pictures and a ``.pts`` file beside every picture::

    IMAGES/afw                    337 pictures    train
    IMAGES/helen/trainset       2,000 pictures    train
    IMAGES/lfpw/trainset          811 pictures    train
    IMAGES/helen/testset          330 pictures    common
    IMAGES/lfpw/testset           224 pictures    common
    IMAGES/ibug                   135 pictures    challenge

or pictures with their ``.pts`` files right in it, for a sample. Written to OUT, under the names of MMPose's own files:

- ``face_landmarks_300w_train.json``: train, 3,148 pictures; all pictures of a sample
- ``face_landmarks_300w_valid_common.json``, ``..._valid_challenge.json``, and ``..._valid.json``, both together: 689

The box of a face is the square around its landmarks: ``center`` the middle, ``scale`` the longer extent over 200, both
of extents rounded outwards to whole pixels, as in MMPose's files. Pixels are counted from 0; iBUG's ``.pts`` and
MMPose's files count them from 1.

Example: python tools/dataset_converters/w300_to_coco.py data/w300/images --out data/w300/annotations
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np
from mmengine.utils import ProgressBar

from kpgan_mm.datasets.pts_files import read_pts
from kpgan_mm.datasets.pts_pose_prior import find_pts

NUM_KEYPOINTS = 68
SUFFIXES = ('.jpg', '.png', '.jpeg', '.JPG', '.PNG')
PIXEL_STD = 200  # unit of "scale"
FOLDERS = dict(
    train=('afw', 'helen/trainset', 'lfpw/trainset'),
    valid_common=('helen/testset', 'lfpw/testset'),
    valid_challenge=('ibug',),
)
PUBLISHED = dict(train=3148, valid_common=554, valid_challenge=135, valid=689)


def picture_of(landmarks: Path) -> Path:
    """The picture beside a landmark file.

    Raises:
        FileNotFoundError: If there is none.
    """
    for suffix in SUFFIXES:
        # with_suffix would cut names with dots.
        picture = landmarks.parent / (landmarks.stem + suffix)
        if picture.is_file():
            return picture
    raise FileNotFoundError(f'there is no picture {landmarks.stem}.jpg or .png beside {landmarks}')


def square_box(keypoints: np.ndarray) -> tuple[list[float], float]:
    """Centre (x, y) in pixels, and side over 200, of the box of landmarks (68, 2)."""
    low, high = np.floor(keypoints.min(axis=0)), np.ceil(keypoints.max(axis=0))
    return ((low + high) / 2).tolist(), float((high - low).max() / PIXEL_STD)


def entries(number: int, landmarks: Path, root: Path) -> tuple[dict, dict]:
    """The entries of one face in ``images`` and ``annotations``.

    Raises:
        FileNotFoundError: If the picture is missing.
        ValueError: If picture or landmarks cannot be read.
    """
    keypoints = read_pts(landmarks, NUM_KEYPOINTS).astype(np.float64).round(3)
    picture = picture_of(landmarks)
    image = cv2.imread(str(picture))
    if image is None:
        raise ValueError(f'{picture} cannot be decoded as an image')
    (x, y), (width, height) = keypoints.min(axis=0).tolist(), np.ptp(keypoints, axis=0).tolist()
    center, scale = square_box(keypoints)
    annotation = dict(
        id=number,
        image_id=number,
        category_id=1,
        iscrowd=0,
        keypoints=np.column_stack([keypoints, np.ones(NUM_KEYPOINTS)]).ravel().tolist(),
        num_keypoints=NUM_KEYPOINTS,
        bbox=[x, y, width, height],
        area=width * height,
        center=center,
        scale=scale,
    )
    name = picture.relative_to(root).as_posix()
    return dict(id=number, file_name=name, height=image.shape[0], width=image.shape[1]), annotation


def find_splits(root: Path) -> dict[str, list[Path]]:
    """Landmark files of each split.

    Raises:
        FileNotFoundError: If a folder of the download is missing, or there are neither its folders nor landmarks.
        ValueError: If a folder has no landmarks.
    """
    folders = [folder for part in FOLDERS.values() for folder in part]
    missing = [folder for folder in folders if not (root / folder).is_dir()]
    if len(missing) == len(folders):
        flat = sorted(root.glob('*.pts')) if root.is_dir() else []
        if not flat:
            raise FileNotFoundError(f'{root} holds neither afw, helen, ... of 300-W nor .pts files')
        return dict(train=flat)
    if missing:
        raise FileNotFoundError(f'{root} lacks {", ".join(missing)} of 300-W')
    splits = {}
    for split, parts in FOLDERS.items():
        found = [find_pts(str(root / part)) for part in parts]
        empty = [part for part, files in zip(parts, found, strict=True) if not files]
        if empty:
            raise ValueError(f'{", ".join(str(root / part) for part in empty)} holds no .pts files')
        splits[split] = sum(found, [])
    splits['valid'] = splits['valid_common'] + splits['valid_challenge']
    return splits


def convert(root: Path, out: Path) -> dict[str, int]:
    """Does the whole conversion; see the top of this file.

    Returns:
        dict: Number of faces in each file.

    Raises:
        FileNotFoundError: If a part of the tree is missing.
        ValueError: If a file cannot be read.
    """
    splits = find_splits(root)
    files = list(dict.fromkeys(file for split in splits.values() for file in split))
    progress = ProgressBar(len(files), file=sys.stderr)
    made = {}
    for number, file in enumerate(files):
        made[file] = entries(number, file, root)
        progress.update()
    out.mkdir(parents=True, exist_ok=True)
    for split, chosen in splits.items():
        content = dict(
            images=[made[file][0] for file in chosen],
            annotations=[made[file][1] for file in chosen],
            categories=[dict(id=1, name='face')],
        )
        (out / f'face_landmarks_300w_{split}.json').write_text(json.dumps(content))
    return {split: len(chosen) for split, chosen in splits.items()}


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('images', type=Path, help='folder that holds afw, helen, ..., or pictures and .pts files')
    parser.add_argument('--out', type=Path, required=True, help='folder of the annotation files')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Runs the converter."""
    args = parse_args(arguments)
    try:
        counts = convert(args.images, args.out)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    for split, count in counts.items():
        # A sample has one split only and is not expected to be complete.
        differs = len(counts) > 1 and count != PUBLISHED[split]
        print(f'\n{split}: {count} faces' + (f', but the set has {PUBLISHED[split]}' if differs else ''), end='')
    print(f'\nwrote them to {args.out}')


if __name__ == '__main__':
    main()
