"""Converts CelebA (Liu et al. 2015) and its subset MAFL (Zhang et al. 2014) to COCO-style annotation files.

The downloads, unpacked as they are::

    ROOT/Img/img_align_celeba/000001.jpg ...
    ROOT/Anno/list_landmarks_align_celeba.txt    number, header, then: file, x and y of five landmarks
    ROOT/Eval/list_eval_partition.txt            file, 0 (training), 1 (validation) or 2 (test)
    ROOT/MAFL/training.txt, ROOT/MAFL/testing.txt    a file name a line

Written to OUT (ROOT by default, where ``configs/_base_/datasets/celeba.py`` looks for them), with keypoints and the box
of the whole picture:

- ``celeba_train.json``: CelebA's training part, without any picture of MAFL's test part and of its last tenth
- ``mafl_train.json``: MAFL's training part without its last tenth, to fit the map to the labels on
- ``mafl_val.json``: that last tenth, to watch a training by
- ``mafl_test.json``: MAFL's test part

"Last" is by the order of the landmark file, as in IMM's released code.

Example: python tools/dataset_converters/celeba_to_coco.py data/celeba
"""

import argparse
import json
import sys
from pathlib import Path

from PIL import Image

IMAGES = 'Img/img_align_celeba'
LANDMARKS = 'Anno/list_landmarks_align_celeba.txt'
PARTITION = 'Eval/list_eval_partition.txt'
MAFL = ('training', 'testing')
NUM_KEYPOINTS = 5
CATEGORY = dict(id=1, name='face', keypoints=['left_eye', 'right_eye', 'nose', 'left_mouth', 'right_mouth'])


def read_lines(path: Path) -> list[str]:
    """Lines of a file that are not blank.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(f'{path} is missing: unpack the download of CelebA and MAFL there')
    return [line for line in path.read_text().splitlines() if line.strip()]


def read_landmarks(path: Path) -> dict[str, list[int]]:
    """Landmarks by file name, ten numbers each, in the order of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a line is no file name and ten numbers, or the announced number of lines is another.
    """
    lines = read_lines(path)
    landmarks = {}
    for number, line in enumerate(lines[2:], start=3):
        name, *values = line.split()
        if len(values) != 2 * NUM_KEYPOINTS or not all(value.lstrip('-').isdecimal() for value in values):
            raise ValueError(f'{path}, line {number} is no file name and {2 * NUM_KEYPOINTS} whole numbers: {line!r}')
        landmarks[name] = [int(value) for value in values]
    if not lines or not lines[0].strip().isdecimal() or int(lines[0]) != len(landmarks):
        announced = lines[0].strip() if lines else 'nothing'
        raise ValueError(f'{path} announces {announced!r} pictures and lists {len(landmarks)}: it is not complete')
    return landmarks


def split(root: Path) -> tuple[dict[str, list[int]], dict[str, list[str]]]:
    """Landmarks of all pictures, and the file names of each part.

    Raises:
        FileNotFoundError: If a list is missing.
        ValueError: If a list is of another form, or names a picture without landmarks.
    """
    landmarks = read_landmarks(root / LANDMARKS)
    partition = {}
    for line in read_lines(root / PARTITION):
        name, _, part = line.strip().rpartition(' ')
        if part not in ('0', '1', '2'):
            raise ValueError(f'{root / PARTITION} should hold lines such as "000001.jpg 0", and has {line!r}')
        partition[name.strip()] = int(part)
    listed = {part: {line.strip() for line in read_lines(root / 'MAFL' / f'{part}.txt')} for part in MAFL}
    for what, names in ((PARTITION, set(partition)), *((f'MAFL/{part}.txt', names) for part, names in listed.items())):
        unknown = sorted(names - set(landmarks))
        if unknown:
            raise ValueError(f'{root / what} names {unknown[0]}, which {LANDMARKS} does not have')
    training = [name for name in landmarks if name in listed['training'] - listed['testing']]
    num_held_out = round(0.1 * len(training))
    held_out = training[len(training) - num_held_out :]
    withheld = listed['testing'] | set(held_out)
    parts = dict(
        celeba_train=[name for name in landmarks if partition.get(name) == 0 and name not in withheld],
        mafl_train=training[: len(training) - num_held_out],
        mafl_val=held_out,
        mafl_test=[name for name in landmarks if name in listed['testing']],
    )
    empty = [part for part, names in parts.items() if not names]
    if empty:
        raise ValueError(f'{root} has no picture for {", ".join(empty)}: are all lists complete?')
    return landmarks, parts


def picture_size(root: Path, name: str) -> tuple[int, int]:
    """(width, height) of one aligned picture, which stands for all.

    Raises:
        FileNotFoundError: If it does not exist.
        ValueError: If it is no picture.
    """
    path = root / IMAGES / name
    if not path.is_file():
        raise FileNotFoundError(f'picture {path} is missing: unpack img_align_celeba.zip into {root / "Img"}')
    try:
        with Image.open(path) as image:
            return image.size
    except OSError:
        raise ValueError(f'picture {path} is damaged: unpack img_align_celeba.zip again') from None


def convert(root: Path, out: Path) -> dict[str, int]:
    """Does the whole conversion; see the top of this file.

    Returns:
        dict: Number of pictures written to each file.

    Raises:
        FileNotFoundError: If a list or the first picture is missing.
        ValueError: If a list is of another form.
    """
    landmarks, parts = split(root)
    width, height = picture_size(root, next(iter(landmarks)))
    out.mkdir(parents=True, exist_ok=True)
    for part, names in parts.items():
        images, annotations = [], []
        for number, name in enumerate(names):
            points = landmarks[name]
            triples = [value for k in range(NUM_KEYPOINTS) for value in (*points[2 * k : 2 * k + 2], 2)]
            # Every picture is a video of its own: pairs are made by random warps.
            images.append(dict(id=number, file_name=name, video_id=name, frame_id=0, width=width, height=height))
            annotations.append(
                dict(
                    id=number,
                    image_id=number,
                    category_id=1,
                    bbox=[0, 0, width, height],
                    area=width * height,
                    iscrowd=0,
                    keypoints=triples,
                    num_keypoints=NUM_KEYPOINTS,
                )
            )
        content = dict(images=images, annotations=annotations, categories=[CATEGORY])
        (out / f'{part}.json').write_text(json.dumps(content))
    return {part: len(names) for part, names in parts.items()}


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', type=Path, help='folder that holds Img, Anno, Eval and MAFL')
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
