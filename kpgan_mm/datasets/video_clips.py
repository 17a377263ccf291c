"""A folder tree of very many short videos, such as VoxCeleb2, from which single frames are decoded when drawn."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from kpgan_mm.registry import TASK_UTILS

from .bad_data import BadDataError, check_file
from .frame_sources import FrameSource
from .image_files import existing_folder, natural_key
from .video_files import VIDEO_SUFFIXES


def find_clips(root: Path, cache_dir: str | None = None) -> list[str]:
    """Paths of all videos under ``root``, relative to it, in natural order.

    Args:
        root: Searched with all its sub-folders.
        cache_dir: Where the list is kept, a text file for each ``root`` with a line a video. It is read if it is there
            and written if not, for to list a million files takes minutes. Delete it when the tree has changed.

    Raises:
        ValueError: If there is no video, or an index names none.
    """
    index = None
    if cache_dir is not None:
        index = Path(cache_dir, f'clips-{hashlib.sha1(os.fsencode(root.resolve())).hexdigest()[:10]}.txt')
    if index is not None and index.is_file():
        clips = [line for line in index.read_text().splitlines() if line]
        if not clips:
            raise ValueError(f'clip index {index} is empty: delete it to have it written anew')
        return clips
    names = (
        os.path.relpath(os.path.join(folder, name), root)
        for folder, _, files in os.walk(root)
        for name in files
        if name.lower().endswith(VIDEO_SUFFIXES)
    )
    clips = sorted(names, key=lambda name: (natural_key(name), name))
    if not clips:
        raise ValueError(f'no frames found in {root} (videos with {", ".join(VIDEO_SUFFIXES)})')
    if index is not None:
        index.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and renamed: an interrupted run leaves no half index.
        with tempfile.NamedTemporaryFile('w', dir=index.parent, delete=False) as unfinished:
            unfinished.write('\n'.join(clips) + '\n')
        os.replace(unfinished.name, index)
    return clips


def read_frame_at(path: Path, place: float) -> tuple[np.ndarray, int, int]:
    """Decodes one frame of a video.

    Args:
        path: The video.
        place: In [0, 1): 0 is the beginning, 1 the end.

    Returns:
        tuple: The picture (H, W, 3) uint8 BGR, its number, and the number of frames of the video.

    Raises:
        MissingFileError: If there is no such file; it is a FileNotFoundError.
        BadDataError: If the video is empty, damaged or of an unknown codec.
    """
    check_file(path, 'video')
    capture = cv2.VideoCapture(str(path))
    try:
        count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
        if count < 1:
            raise BadDataError(
                f'no frame could be read from {path}: it is no video, damaged, or of an unknown codec',
                'unreadable-video',
                path,
            )
        number = int(place * count)
        if number:
            capture.set(cv2.CAP_PROP_POS_FRAMES, number)
        image = capture.read()[1]
        if image is None:
            raise BadDataError(
                f'frame {number} of {path} cannot be decoded: the video is damaged there',
                'unreadable-video',
                path,
                f'frame {number}',
            )
        return image, number, count
    finally:
        capture.release()


def read_boxes(path: Path) -> np.ndarray:
    """Boxes of a text file of VoxCeleb2.

    After some lines about the clip comes a line ``FRAME X Y W H`` and then, for each frame, its number in the original
    video and the box of the face: left, top, width and height as shares of the picture's width and height.

    Returns:
        np.ndarray: (N, 4) float32, x1 y1 x2 y2 as shares of the picture.

    Raises:
        MissingFileError: If there is no such file; it is a FileNotFoundError.
        BadDataError: If a line is of another form, or there is no box.
    """
    check_file(path, 'box file')
    boxes = None
    for number, line in enumerate(path.read_text(errors='replace').splitlines(), start=1):
        words = line.split()
        if boxes is None:
            boxes = [] if words and words[0].upper() == 'FRAME' else None
        elif words:
            try:
                _, x, y, width, height = (float(word) for word in words)
            except ValueError:
                message = f'{path}, line {number}: expected FRAME X Y W H, got "{line.strip()[:60]}"'
                raise BadDataError(message, 'bad-entry', path, f'line {number}') from None
            # NaN is refused too. Faces are often cut by the border, yet hardly larger than the picture.
            if not (0 < width <= 2 and 0 < height <= 2):
                message = f'{path}, line {number}: width {width:g} and height {height:g} are no shares of the picture'
                raise BadDataError(message, 'bad-entry', path, f'line {number}')
            boxes.append((x, y, x + width, y + height))
    if not boxes:
        raise BadDataError(f'{path} holds no boxes after a line "FRAME X Y W H"', 'bad-entry', path)
    return np.array(boxes, dtype=np.float32)


class ClipFrames(Sequence):
    """The frames of all clips, ``frames_per_clip`` of each, decoded when they are asked for."""

    def __init__(self, root: Path, clips: Sequence[str], frames_per_clip: int, box_root: Path | None) -> None:
        self.root, self.box_root, self.frames_per_clip = root, box_root, frames_per_clip
        # One array instead of a million strings: worker processes then share its memory.
        self.clips = np.array([os.fsencode(clip) for clip in clips])

    def __len__(self) -> int:
        return len(self.clips) * self.frames_per_clip

    def __getitem__(self, index: int) -> dict:
        if not -len(self) <= index < len(self):
            raise IndexError(f'frame {index} of {len(self)}')
        clip, position = divmod(index % len(self), self.frames_per_clip)
        name = os.fsdecode(self.clips[clip])
        place = (position + 0.5) / self.frames_per_clip
        image, number, count = read_frame_at(self.root / name, place)
        frame = dict(img=image, video_id=os.path.splitext(name)[0], frame_id=number)
        if self.box_root is not None:
            boxes = read_boxes((self.box_root / name).with_suffix('.txt'))
            # Also right where clip and boxes were made at different frame rates.
            box = boxes[int((number + 0.5) / count * len(boxes))]
            frame['bbox'] = box * np.array(image.shape[1::-1] * 2, dtype=np.float32)
        return frame


@TASK_UTILS.register_module()
class VideoClips(FrameSource):
    """Videos of a folder tree of any depth; a clip is opened only when a frame of it is drawn.

    :class:`~.video_files.VideoFiles` decodes everything once into a cache, which is right for a few videos and hopeless
    for the million clips of VoxCeleb2. Here nothing is decoded beforehand, and not even the length of a clip is known.
    So a clip has a fixed number of positions, spread evenly over whatever length it has, and ``frame_gap`` of
    :class:`~.frame_pair_dataset.FramePairDataset` counts these: with 50 positions a clip of 8 seconds is seen every
    0.16 seconds. A clip with fewer frames repeats some.

    Args:
        root: Searched with all its sub-folders; each video is a clip of its own.
        frames_per_clip: Positions in each clip.
        cache_dir: See :func:`find_clips`.
        box_root: Folder with a box file for every clip: the same path with the suffix ``.txt``, see :func:`read_boxes`.
            A frame takes the box at the same share of the file as it has in the clip. Without it frames have no box,
            so that the whole picture counts, or its centre: ``GetBBoxCenterScale`` with a padding below 1.
        bad_data: 'refuse' or 'skip', see :mod:`.bad_data`: what happens when a clip that is drawn turns out unreadable.

    Raises:
        FileNotFoundError: If a folder does not exist.
        ValueError: If there is no video, or ``frames_per_clip`` is not positive.
    """

    def __init__(
        self,
        root: str,
        frames_per_clip: int = 50,
        cache_dir: str | None = None,
        box_root: str | None = None,
        bad_data: str = 'refuse',
    ) -> None:
        if frames_per_clip < 1:
            raise ValueError(f'frames_per_clip of VideoClips must be positive, got {frames_per_clip}')
        folder = existing_folder(root, 'video')
        boxes = None if box_root is None else existing_folder(box_root, 'box')
        frames = ClipFrames(folder, find_clips(folder, cache_dir), frames_per_clip, boxes)
        super().__init__(frames, str(root), bad_data=bad_data)

    def videos(self) -> list[range]:
        """Indices of the positions of each clip."""
        step = self.frames.frames_per_clip
        return [range(start, start + step) for start in range(0, len(self.frames), step)]
