"""Turns MMPose's Human3.6M annotations into the files of ``configs/_base_/datasets/h36m_full.py``.

MMPose's ``preprocess_h36m.py`` extracts the frames and writes an ``.npz``, its ``h36m_to_coco.py`` makes a json of that
(with or without ``--full-img-name``). Their pictures lie in::

    ROOT/images/S1/S1_Directions_1.54138969/S1_Directions_1.54138969_000001.jpg

Given any number of such json files, this writes to ROOT (or OUT):

- ``train.json``: the pictures to learn from, of S1, S5, S6, S7, S8: boxes, no keypoints
- ``prior.npz``: ``keypoints`` (N, 17, 2) as (x, y) in pixels of the person's box scaled to 128 x 128; ``video_id`` (N,)
- ``test.json``: every frame of S9 and S11, with keypoints

Rule of the split: a take is one subject in one performance of one activity, seen by four cameras at once. Frames of the
first half of each take's frame numbers are pictures, those of the second half are prior poses. So no pose of the prior
was ever photographed for training, by no camera. A subject belongs either to training or to test.

Example: python tools/dataset_converters/h36m_to_frames.py h36m_train.json h36m_test.json --root data/h36m_full
"""

import argparse
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

NUM_KEYPOINTS = 17
BOX_SIDE = 128
TRAIN_SUBJECTS = ('S1', 'S5', 'S6', 'S7', 'S8')
TEST_SUBJECTS = ('S9', 'S11')
# Two activities go by two names, depending on the subject.
ACTIVITIES = dict(photo='takingphoto', walkdog='walkingdog')
_NAME = re.compile(r'(?P<subject>S\d+)_(?P<take>[^.]+)\.(?P<camera>\d+)_(?P<frame>\d+)\.[a-z]+')


def read_frames(path: Path) -> list[dict]:
    """Frames of one of MMPose's json files.

    Returns:
        list[dict]: ``subject``, ``take``, ``video_id``, ``frame_id``, ``activity``, ``file_name``, ``width``,
            ``height``, ``bbox`` (x, y, w, h), ``keypoints`` (17, 3).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no such file, or an image's name, labels or number of joints are not as they should be.
    """
    if not path.is_file():
        raise FileNotFoundError(f'{path} does not exist: make it by h36m_to_coco.py of MMPose')
    try:
        content = json.loads(path.read_text())
        images, annotations = content['images'], content['annotations']
    except (ValueError, KeyError, TypeError):
        raise ValueError(
            f'{path} is no COCO-style json with images and annotations: make it by h36m_to_coco.py'
        ) from None
    labels = {annotation['image_id']: annotation for annotation in annotations}
    frames = []
    for image in images:
        where = f'{path}, image {image["file_name"]}'
        match = _NAME.fullmatch(Path(image['file_name']).name)
        if match is None:
            raise ValueError(f'{where}: not named like S1_Directions_1.54138969_000001.jpg')
        if image['id'] not in labels:
            raise ValueError(f'{where}: has no annotation')
        label = labels[image['id']]
        keypoints = np.array(label['keypoints'], dtype=np.float64).reshape(-1, 3)
        if len(keypoints) != NUM_KEYPOINTS:
            raise ValueError(f'{where}: has {len(keypoints)} joints, not {NUM_KEYPOINTS}')
        if not min(label['bbox'][2:]) > 0:
            raise ValueError(f'{where}: its box {label["bbox"]} is empty')
        video = f'{match["subject"]}_{match["take"]}.{match["camera"]}'
        activity = match['take'].split('_')[0].lower()
        frames.append(
            dict(
                subject=match['subject'],
                take=(match['subject'], match['take']),
                video_id=video,
                frame_id=int(match['frame']),
                activity=ACTIVITIES.get(activity, activity),
                file_name=f'{match["subject"]}/{video}/{match.string}',
                width=image['width'],
                height=image['height'],
                bbox=label['bbox'],
                keypoints=keypoints,
            )
        )
    return frames


def split_takes(frames: list[dict]) -> tuple[list[dict], list[dict]]:
    """First and second halves of all takes, by frame number over all cameras; a middle frame is second."""
    numbers = defaultdict(set)
    for frame in frames:
        numbers[frame['take']].add(frame['frame_id'])
    middle = {take: sorted(found)[len(found) // 2] for take, found in numbers.items()}
    first = [frame for frame in frames if frame['frame_id'] < middle[frame['take']]]
    return first, [frame for frame in frames if frame['frame_id'] >= middle[frame['take']]]


def prior_poses(frames: list[dict]) -> np.ndarray:
    """Keypoints (N, 17, 2) as (x, y) in pixels of each frame's square box scaled to 128 x 128."""
    keypoints = np.stack([frame['keypoints'][:, :2] for frame in frames])
    boxes = np.array([frame['bbox'] for frame in frames])[:, None]
    side = boxes[..., 2:].max(axis=-1, keepdims=True)
    corner = boxes[..., :2] + boxes[..., 2:] / 2 - side / 2
    return ((keypoints - corner) / side * BOX_SIDE).astype(np.float32)


def write_annotations(path: Path, frames: list[dict], labelled: bool) -> None:
    """Writes frames as a COCO-style file for ``kpgan_mm.AnnotatedFrames``."""
    images, annotations = [], []
    for number, frame in enumerate(frames):
        keys = ('file_name', 'video_id', 'frame_id', 'width', 'height')
        images.append(dict(id=number, **{key: frame[key] for key in keys}))
        box = [round(float(value), 3) for value in frame['bbox']]
        annotation = dict(id=number, image_id=number, category_id=1, bbox=box, area=box[2] * box[3], iscrowd=0)
        annotation['activity'] = frame['activity']
        if labelled:
            triples = np.column_stack([frame['keypoints'][:, :2].round(3), np.full(NUM_KEYPOINTS, 2)])
            annotation.update(keypoints=triples.ravel().tolist(), num_keypoints=NUM_KEYPOINTS)
        annotations.append(annotation)
    content = dict(images=images, annotations=annotations, categories=[dict(id=1, name='person')])
    path.write_text(json.dumps(content))


def convert(files: list[Path], root: Path, out: Path, train_subjects: list[str], test_subjects: list[str]) -> dict:
    """Does the whole conversion; see the top of this file.

    Returns:
        dict: Number of entries written to each file, and ``left_out``, frames of other subjects.

    Raises:
        FileNotFoundError: If a json file is missing, or the first picture of a video.
        ValueError: If a file is not as it should be, a frame comes twice, or a part would be empty.
    """
    common = set(train_subjects) & set(test_subjects)
    if common:
        raise ValueError(f'{", ".join(sorted(common))} cannot be both a training and a test subject')
    frames = {}
    for path in files:
        for frame in read_frames(path):
            if frame['file_name'] in frames:
                raise ValueError(f'{path}, image {frame["file_name"]}: comes twice')
            frames[frame['file_name']] = frame
    frames = sorted(frames.values(), key=lambda frame: (frame['video_id'], frame['frame_id']))
    pictures, poses = split_takes([frame for frame in frames if frame['subject'] in train_subjects])
    tests = [frame for frame in frames if frame['subject'] in test_subjects]
    for part, what, subjects in (
        (pictures, 'training pictures', train_subjects),
        (poses, 'prior poses', train_subjects),
        (tests, 'test frames', test_subjects),
    ):
        if not part:
            raise ValueError(f'there are no {what} of {", ".join(subjects)} in {", ".join(map(str, files))}')
    first = {}
    for frame in pictures + tests:
        first.setdefault(frame['video_id'], frame['file_name'])
    for name in first.values():
        if not (root / 'images' / name).is_file():
            raise FileNotFoundError(
                f'{root / "images" / name} is missing: put the pictures of preprocess_h36m.py there'
            )
    out.mkdir(parents=True, exist_ok=True)
    write_annotations(out / 'train.json', pictures, labelled=False)
    np.savez_compressed(
        out / 'prior.npz', keypoints=prior_poses(poses), video_id=np.array([frame['video_id'] for frame in poses])
    )
    write_annotations(out / 'test.json', tests, labelled=True)
    used = len(pictures) + len(poses) + len(tests)
    return dict(train=len(pictures), prior=len(poses), test=len(tests), left_out=len(frames) - used)


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('files', type=Path, nargs='+', help="json files of MMPose's h36m_to_coco.py")
    parser.add_argument('--root', type=Path, required=True, help='folder that holds images/')
    parser.add_argument('--out', type=Path, help='folder of the results (default: ROOT)')
    parser.add_argument('--train-subjects', nargs='+', default=TRAIN_SUBJECTS, help='default: %(default)s')
    parser.add_argument('--test-subjects', nargs='+', default=TEST_SUBJECTS, help='default: %(default)s')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Runs the converter."""
    args = parse_args(arguments)
    out = args.out or args.root
    try:
        count = convert(args.files, args.root, out, args.train_subjects, args.test_subjects)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(
        f'wrote {count["train"]} training frames, {count["prior"]} prior poses, {count["test"]} test frames to {out}; '
        f'{count["left_out"]} frames of other subjects left out'
    )


if __name__ == '__main__':
    main()
