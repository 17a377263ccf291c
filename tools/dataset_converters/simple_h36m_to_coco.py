"""Converts the folder tree of Simplified Human3.6M (Zhang et al. 2018) to annotation files and a pose prior.

The tree, with its spelling::

    ROOT/S<k>/BackgroudMask/<sequence>/<n>.png
    ROOT/S<k>/WithBackground/<sequence>/<n>.jpg
    ROOT/S<k>/Landmarks/<sequence>/<n>.mat      keypoints_2d: 32 x 2, (row, column) in [0, 1]

Written to OUT (ROOT by default, where ``configs/kpgan_h36m.py`` looks for them):

- ``train.json``: first half of each training sequence; pictures without keypoints, for ``kpgan_mm.AnnotatedFrames``
- ``prior.npz``: second half of each training sequence; ``keypoints`` (N, 32, 2) as (x, y) in pixels, ``video_id`` (N,)
- ``test.json``: every frame of the test subjects, with keypoints and the activity

Example: python tools/dataset_converters/simple_h36m_to_coco.py data/simple_h36m
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from mmengine.utils import ProgressBar
from scipy.io import loadmat

MASKS, IMAGES, LANDMARKS = 'BackgroudMask', 'WithBackground', 'Landmarks'
NUM_KEYPOINTS = 32
ACTIVITIES = ('directions', 'discussion', 'greeting', 'posing', 'waiting', 'walking')
TRAIN_SUBJECTS = ('S1', 'S5', 'S6', 'S7', 'S8', 'S9')
TEST_SUBJECTS = ('S11',)


class Sequence:
    """One sequence of one subject: its frames, and where their files are."""

    def __init__(self, root: Path, subject: str, name: str) -> None:
        self.root, self.subject, self.name = root, subject, name
        # Text before the first blank or dot: the rest is the number of the take and the camera.
        self.activity = re.split(r'[ .]', name, maxsplit=1)[0].lower()
        self.video_id = f'{subject}/{name}'
        self._stems = {_frame_number(path): path.stem for path in (root / subject / MASKS / name).glob('*.png')}
        self.frames = sorted(self._stems)
        self._size = None
        self.notices = self._look_for_gaps()
        if self.activity not in ACTIVITIES:
            self.notices.append(f'{self.video_id} counts as an activity of its own, {self.activity}')

    def _look_for_gaps(self) -> list[str]:
        """Refuses masks without a picture, and tells of pictures without a mask and of numbers that are left out."""
        folder = self.root / self.subject / IMAGES / self.name
        pictures, masks = {path.stem for path in folder.glob('*.jpg')}, set(self._stems.values())
        missing, unmasked = sorted(masks - pictures), sorted(pictures - masks)
        if missing:
            raise FileNotFoundError(
                f'picture {folder / missing[0]}.jpg is missing, though there is a mask of that name, '
                f'{len(missing)} such: unpack the archive again'
            )
        notices = []
        if not masks:
            return [f'{self.video_id} is left out, since it has no masks']
        if unmasked:
            notices.append(
                f'{self.video_id}: pictures without a mask are left out, {len(unmasked)} such, as {unmasked[0]}.jpg'
            )
        steps = np.diff(self.frames)
        gaps = np.flatnonzero(steps > np.median(steps)) if len(steps) else []
        if len(gaps):
            after = self.frames[gaps[0]]
            notices.append(f'{self.video_id}: the frame numbers have gaps, {len(gaps)} such, as after {after}')
        return notices

    def file(self, kind: str, frame: int) -> str:
        """Path of a frame's picture, mask or landmarks, relative to the root."""
        suffix = {MASKS: '.png', IMAGES: '.jpg', LANDMARKS: '.mat'}[kind]
        return f'{self.subject}/{kind}/{self.name}/{self._stems[frame]}{suffix}'

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the first picture, which stands for all."""
        if self._size is None:
            path = self.root / self.file(IMAGES, self.frames[0])
            image = cv2.imread(str(path))
            if image is None:
                raise ValueError(f'picture {path} is damaged: unpack the archive again')
            self._size = image.shape[1], image.shape[0]
        return self._size

    def keypoints(self, frame: int) -> np.ndarray:
        """Keypoints (32, 2) of a frame, as (x, y) in pixels."""
        path = self.root / self.file(LANDMARKS, frame)
        if not path.is_file():
            raise FileNotFoundError(f'landmarks {path} are missing, though there is a mask of that name')
        try:
            points = np.asarray(loadmat(path).get('keypoints_2d'), dtype=np.float64)
        except Exception as error:  # what SciPy raises depends on where the file is damaged
            raise ValueError(f'landmarks {path} cannot be read ({error}): unpack the archive again') from None
        if points.shape != (NUM_KEYPOINTS, 2):
            raise ValueError(f'{path} should hold keypoints_2d of 32 x 2 values, got {points.shape}')
        return points[:, ::-1] * self.size


def _frame_number(path: Path) -> int:
    """Number of a frame, which is all of its file's name."""
    if not path.stem.isdecimal():
        raise ValueError(f'mask {path} is not named by the number of its frame, such as 12.png: rename or remove it')
    return int(path.stem)


def find_sequences(root: Path, subjects: list[str], activities: list[str]) -> list[Sequence]:
    """Sequences of the subjects whose name begins with one of the activities, whatever the case, as in the release.

    Raises:
        FileNotFoundError: If the folder of a subject is missing.
        ValueError: If nothing is found, or a mask's name is no number.
    """
    found = []
    for subject in subjects:
        folder = root / subject / MASKS
        if not folder.is_dir():
            raise FileNotFoundError(f'{folder} does not exist: give the folder that holds S1, S5, ... of the data set')
        for path in sorted(folder.iterdir()):
            if path.is_dir() and path.name.lower().startswith(tuple(name.lower() for name in activities)):
                sequence = Sequence(root, subject, path.name)
                for notice in sequence.notices:
                    print(f'notice: {notice}', file=sys.stderr)
                if sequence.frames:
                    found.append(sequence)
    if not found:
        raise ValueError(f'{root} has no sequence of {", ".join(activities)} for {", ".join(subjects)}')
    return found


def write_annotations(path: Path, frames: Iterator[tuple[Sequence, int]], labelled: bool, progress: ProgressBar) -> int:
    """Writes frames as a COCO-style file and returns their number."""
    images, annotations = [], []
    for number, (sequence, frame) in enumerate(frames):
        width, height = sequence.size
        images.append(
            dict(
                id=number,
                file_name=sequence.file(IMAGES, frame),
                mask_file=sequence.file(MASKS, frame),
                video_id=sequence.video_id,
                frame_id=frame,
                width=width,
                height=height,
            )
        )
        annotation = dict(
            id=number,
            image_id=number,
            category_id=1,
            bbox=[0, 0, width, height],
            area=width * height,
            iscrowd=0,
            activity=sequence.activity,
        )
        if labelled:
            triples = np.concatenate([sequence.keypoints(frame), np.full((NUM_KEYPOINTS, 1), 2)], axis=1)
            annotation.update(keypoints=triples.round(4).ravel().tolist(), num_keypoints=NUM_KEYPOINTS)
        annotations.append(annotation)
        progress.update()
    content = dict(images=images, annotations=annotations, categories=[dict(id=1, name='person')])
    path.write_text(json.dumps(content))
    return len(images)


def convert(
    root: Path,
    out: Path,
    train_subjects: list[str] = TRAIN_SUBJECTS,
    test_subjects: list[str] = TEST_SUBJECTS,
    activities: list[str] = ACTIVITIES,
    test_stride: int = 1,
) -> dict[str, int]:
    """Does the whole conversion; see the top of this file.

    Returns:
        dict: Number of entries written to each file.

    Raises:
        FileNotFoundError: If a part of the tree is missing.
        ValueError: If nothing is found, or a file of landmarks is of another form.
    """
    train, test = find_sequences(root, train_subjects, activities), find_sequences(root, test_subjects, activities)
    pictures = [(sequence, frame) for sequence in train for frame in sequence.frames[: len(sequence.frames) // 2]]
    poses = [(sequence, frame) for sequence in train for frame in sequence.frames[len(sequence.frames) // 2 :]]
    tests = [(sequence, frame) for sequence in test for frame in sequence.frames[::test_stride]]
    progress = ProgressBar(len(pictures) + len(poses) + len(tests), file=sys.stderr)
    out.mkdir(parents=True, exist_ok=True)
    count = dict(prior=len(poses))
    keypoints = np.empty((len(poses), NUM_KEYPOINTS, 2), dtype=np.float32)
    for number, (sequence, frame) in enumerate(poses):
        keypoints[number] = sequence.keypoints(frame)
        progress.update()
    np.savez_compressed(
        out / 'prior.npz', keypoints=keypoints, video_id=np.array([sequence.video_id for sequence, _ in poses])
    )
    count['train'] = write_annotations(out / 'train.json', pictures, labelled=False, progress=progress)
    count['test'] = write_annotations(out / 'test.json', tests, labelled=True, progress=progress)
    return count


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', type=Path, help='folder that holds S1, S5, ...')
    parser.add_argument('--out', type=Path, help='folder of the results (default: ROOT)')
    parser.add_argument('--train-subjects', nargs='+', default=TRAIN_SUBJECTS, help='default: %(default)s')
    parser.add_argument('--test-subjects', nargs='+', default=TEST_SUBJECTS, help='default: %(default)s')
    parser.add_argument('--activities', nargs='+', default=ACTIVITIES, help='by prefix; default: %(default)s')
    parser.add_argument('--test-stride', type=int, default=1, help='every n-th test frame (default: all)')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Runs the converter."""
    args = parse_args(arguments)
    out = args.out or args.root
    try:
        count = convert(args.root, out, args.train_subjects, args.test_subjects, args.activities, args.test_stride)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(
        f'\nwrote {count["train"]} training frames, {count["prior"]} prior poses, {count["test"]} test frames to {out}'
    )


if __name__ == '__main__':
    main()
