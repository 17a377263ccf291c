"""Converts Penn Action (Zhang et al. 2013) to annotation files, and prints its statistics.

Its layout; without ``frames`` only the poses are converted::

    ROOT/labels/0001.mat                 x, y, visibility (frames, 13); bbox (frames, 4); action; train; dimensions
    ROOT/frames/0001/000001.jpg          frame n is line n of the arrays, counted from one

Written to OUT (ROOT by default, where ``configs/kpgan_penn_action.py`` looks for them), picture paths relative to OUT:

- ``train.json``: frames to train on, with boxes and actions, without keypoints
- ``prior.json``: complete poses (all 13 joints visible) of other clips; their pictures are not used
- ``test.json``: frames of the data set's own test clips, with keypoints

Split: the training clips of each action in the order of the SHA-1 of their name; the first half gives pictures, the
second poses. With ``--all-clips`` all clips are split so, as in the paper, and the test clips among those that give
poses are left out of ``test.json``.

Joints with visibility 0 count as not labelled: many of them hold a sentinel, one pixel of the original video from the
upper left corner, others a guess. Boxes are those of the label files; where there is none, it is empty or leaves out a
visible joint, the box is that of the visible joints, wider by a tenth of its larger side on each side.

A clip or a frame that cannot be used is named with its reason and left out.

Example: python tools/dataset_converters/penn_action_to_coco.py data/penn_action
"""

import argparse
import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy.io import loadmat

NUM_JOINTS = 13
MARGIN = 0.1
# A figure smaller than this is no figure: the empty boxes of the label files are a few pixels large at most.
SMALLEST_SIDE = 10.0
KEYS = ('x', 'y', 'visibility', 'bbox', 'action', 'train', 'dimensions', 'nframes')


@dataclass
class Clip:
    """One clip: T labelled frames, and which of their pictures are there.

    Attributes:
        name: Such as 0001.
        action: Such as baseball_pitch.
        train: Whether it is in the data set's training split.
        size: (width, height) in pixels.
        keypoints: (T, 13, 2) as (x, y) in pixels.
        visible: (T, 13) bool.
        boxes: (T, 4) as x1 y1 x2 y2, NaN where there is none.
        pictures: Path of each frame's picture, None where there is none.
    """

    name: str
    action: str
    train: bool
    size: tuple[int, int]
    keypoints: np.ndarray
    visible: np.ndarray
    boxes: np.ndarray
    pictures: list[Path | None]

    @property
    def complete(self) -> np.ndarray:
        """(T,) bool: all joints visible."""
        return self.visible.all(axis=1)


def notice(text: str) -> None:
    """Says what is left out."""
    print(text, file=sys.stderr)


def read_clip(path: Path, frames: Path) -> Clip:
    """Reads one label file and lists its pictures.

    Raises:
        ValueError: If the clip cannot be used.
    """
    try:
        content = loadmat(path)
    except Exception as error:  # SciPy raises a dozen kinds for damaged files
        raise ValueError(f'it cannot be read ({error})') from None
    missing = [key for key in KEYS if key not in content]
    if missing:
        raise ValueError(f'it has no {", ".join(missing)}')
    x, y = (content[key].astype(np.float64) for key in 'xy')
    visible = content['visibility'].astype(bool)
    if not x.shape == y.shape == visible.shape or x.shape[1:] != (NUM_JOINTS,):
        raise ValueError(
            f'x, y and visibility should be of (frames, 13) each, got {x.shape}, {y.shape}, {visible.shape}'
        )
    height, width = (int(value) for value in content['dimensions'].ravel()[:2])
    keypoints = np.stack([x, y], axis=-1)
    outside = int(((keypoints < 0) | (keypoints > [width + 1, height + 1])).any(axis=-1)[visible].sum())
    if outside:
        raise ValueError(f'{outside} visible joints lie outside the {width} x {height} picture, so none can be trusted')
    return Clip(
        name=path.stem,
        action=str(content['action'].ravel()[0]),
        train=int(content['train'].ravel()[0]) == 1,  # -1 is test
        size=(width, height),
        keypoints=keypoints,
        visible=visible,
        boxes=figure_boxes(keypoints, visible, content['bbox'].astype(np.float64)),
        pictures=find_pictures(frames / path.stem, len(x), (width, height)) if frames.is_dir() else [None] * len(x),
    )


def figure_boxes(keypoints: np.ndarray, visible: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Box of the figure in each frame, (T, 4) as x1 y1 x2 y2; see the top of this file."""
    boxes = np.full((len(keypoints), 4), np.nan)
    # Some clips have a box less than frames.
    common = min(len(given), len(boxes))
    boxes[:common] = given[:common]
    hidden = ~visible[..., None]
    low = np.where(hidden, np.inf, keypoints).min(axis=1)
    high = np.where(hidden, -np.inf, keypoints).max(axis=1)
    larger = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    usable = (larger >= SMALLEST_SIDE) & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    usable &= (boxes[:, :2] <= low).all(axis=1) & (boxes[:, 2:] >= high).all(axis=1)
    for frame in np.flatnonzero(~usable):
        side = (high[frame] - low[frame]).max()
        if side >= SMALLEST_SIDE:
            boxes[frame] = np.concatenate([low[frame] - MARGIN * side, high[frame] + MARGIN * side])
        else:
            boxes[frame] = np.nan
    return boxes


def find_pictures(folder: Path, num_frames: int, size: tuple[int, int]) -> list[Path | None]:
    """The picture of each labelled frame, None where there is none.

    Raises:
        ValueError: If there is none at all, or the first one is of another size than the labels.
    """
    found = {int(path.stem): path for path in folder.glob('*.jpg') if path.stem.isdecimal()}
    pictures = [found.get(number) for number in range(1, num_frames + 1)]
    there = [path for path in pictures if path is not None]
    if not there:
        raise ValueError(f'{folder} has no picture named by the number of its frame, such as 000001.jpg')
    image = cv2.imread(str(there[0]))
    if image is None or image.shape[1::-1] != size:
        what = 'cannot be decoded' if image is None else f'has {image.shape[1]} x {image.shape[0]} pixels'
        raise ValueError(f'{there[0]} {what}, the labels are for {size[0]} x {size[1]}')
    if len(there) < num_frames or len(found) > len(there):
        notice(f'clip {folder.name}: {num_frames} labelled frames and {len(found)} pictures; used are {len(there)}')
    return pictures


def read_clips(root: Path) -> list[Clip]:
    """All clips that can be used, in the order of the split; the others are reported to standard error.

    Raises:
        FileNotFoundError: If there is no folder of labels.
        ValueError: If it holds no clip that can be used.
    """
    if not (root / 'labels').is_dir():
        raise FileNotFoundError(f'{root / "labels"} does not exist: give the folder that holds labels/ and frames/')
    clips = []
    for path in sorted((root / 'labels').glob('*.mat'), key=lambda path: hashlib.sha1(path.stem.encode()).hexdigest()):
        try:
            clips.append(read_clip(path, root / 'frames'))
        except ValueError as error:
            notice(f'left out clip {path}: {error}')
    if not clips:
        raise ValueError(f'{root / "labels"} has no label file that can be used, such as 0001.mat')
    return clips


def split_clips(clips: list[Clip], all_clips: bool = False) -> dict[str, list[Clip]]:
    """Clips for pictures, poses and test; see the top of this file."""
    splits = dict(train=[], prior=[], test=[])
    for action in sorted({clip.action for clip in clips}):
        members = [clip for clip in clips if clip.action == action and (all_clips or clip.train)]
        half = (len(members) + 1) // 2
        splits['train'] += members[:half]
        splits['prior'] += members[half:]
    used = {clip.name for clip in splits['prior']}
    splits['test'] = [clip for clip in clips if not clip.train and clip.name not in used]
    return {name: sorted(members, key=lambda clip: clip.name) for name, members in splits.items()}


def write_annotations(path: Path, clips: list[Clip], root: Path, kind: str) -> int:
    """Writes one split as a COCO-style file and returns its number of frames."""
    frames_folder = Path(os.path.relpath(root / 'frames', path.parent))
    images, annotations = [], []
    for clip in clips:
        boxed = np.isfinite(clip.boxes).all(axis=1)
        if kind == 'prior':
            chosen = clip.complete & boxed
        else:
            chosen = boxed & clip.visible.any(axis=1) & np.array([picture is not None for picture in clip.pictures])
        for frame in np.flatnonzero(chosen).tolist():
            number = len(images)
            picture = clip.pictures[frame]
            name = f'{frame + 1:06d}.jpg' if picture is None else picture.name
            images.append(
                dict(
                    id=number,
                    file_name=(frames_folder / clip.name / name).as_posix(),
                    video_id=clip.name,
                    frame_id=frame + 1,
                    width=clip.size[0],
                    height=clip.size[1],
                )
            )
            x1, y1, x2, y2 = clip.boxes[frame].tolist()
            box = [round(value, 3) for value in (x1, y1, x2 - x1, y2 - y1)]
            annotation = dict(
                id=number,
                image_id=number,
                category_id=1,
                bbox=box,
                area=round(box[2] * box[3], 3),
                iscrowd=0,
                activity=clip.action,
            )
            if kind != 'train':
                visible = clip.visible[frame, :, None]
                triples = np.concatenate([clip.keypoints[frame].round(3) * visible, 2 * visible], axis=1)
                annotation.update(keypoints=triples.ravel().tolist(), num_keypoints=int(visible.sum()))
            annotations.append(annotation)
    content = dict(images=images, annotations=annotations, categories=[dict(id=1, name='person')])
    path.write_text(json.dumps(content))
    return len(images)


def statistics(clips: list[Clip], splits: dict[str, list[Clip]]) -> str:
    """A markdown table of what there is and how it is split, a line for each action."""
    header = ['action', 'clips', 'train', 'test', 'poses', 'complete', 'picture clips', 'pose clips', 'prior poses']
    rows = []
    for action in sorted({clip.action for clip in clips}):
        members = [clip for clip in clips if clip.action == action]
        halves = {name: [clip for clip in splits[name] if clip.action == action] for name in ('train', 'prior')}
        num_train = sum(clip.train for clip in members)
        rows.append(
            [
                len(members),
                num_train,
                len(members) - num_train,
                sum(len(clip.keypoints) for clip in members),
                sum(int(clip.complete.sum()) for clip in members),
                len(halves['train']),
                len(halves['prior']),
                sum(int(clip.complete.sum()) for clip in halves['prior']),
            ]
        )
    names = [*sorted({clip.action for clip in clips}), 'all']
    rows.append([sum(column) for column in zip(*rows, strict=True)])
    lines = [header, ['---'] * len(header), *([name, *row] for name, row in zip(names, rows, strict=True))]
    return '\n'.join('| ' + ' | '.join(str(cell) for cell in line) + ' |' for line in lines)


def convert(root: Path, out: Path, all_clips: bool = False) -> tuple[dict[str, int], str]:
    """Does the whole conversion; see the top of this file.

    Returns:
        tuple: Number of entries of each file, and the table of the statistics.

    Raises:
        FileNotFoundError: If there is no folder of labels.
        ValueError: If no clip can be used, or no complete pose is found.
    """
    clips = read_clips(root)
    splits = split_clips(clips, all_clips)
    has_frames = (root / 'frames').is_dir()
    out.mkdir(parents=True, exist_ok=True)
    count = {}
    for name in ('train', 'prior', 'test') if has_frames else ('prior',):
        count[name] = write_annotations(out / f'{name}.json', splits[name], root, name)
    if not has_frames:
        notice(f'{root / "frames"} does not exist, so there are no pictures: only prior.json was written')
    empty = [name for name, number in count.items() if not number]
    if empty:
        raise ValueError(f'nothing is left for {", ".join(empty)}: {len(clips)} clips are too few to split')
    return count, statistics(clips, splits)


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', type=Path, help='folder that holds labels and frames')
    parser.add_argument('--out', type=Path, help='folder of the results (default: ROOT)')
    parser.add_argument('--all-clips', action='store_true', help='split all clips in halves, not the training clips')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Runs the converter."""
    args = parse_args(arguments)
    out = args.out or args.root
    try:
        count, table = convert(args.root, out, args.all_clips)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(table)
    what = dict(train='training frames', prior='prior poses', test='test frames')
    print(f'wrote {", ".join(f"{number} {what[name]}" for name, number in count.items())} to {out}')


if __name__ == '__main__':
    main()
