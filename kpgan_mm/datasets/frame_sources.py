"""Sources of video frames without labels: folders, image strips, annotation files, generated puppets.

A source has ``frames``, a list of dicts sorted by video and position in it:

- ``img_path`` (str), or ``img`` (H, W, 3) uint8 BGR
- ``video_id`` (str), ``frame_id`` (int)
- optional: ``mask_path`` (str) or ``foreground`` (H, W) bool; ``bbox`` (4,) as x1 y1 x2 y2; labels of annotated frames
"""

import json
import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np

from kpgan_mm.registry import TASK_UTILS

from .foreground import foreground_masks
from .puppets import make_puppet_videos

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp')


def natural_key(path) -> list:
    """Sorts ``2.png`` before ``10.png``."""
    return [int(part) if part.isdigit() else part.lower() for part in re.split(r'(\d+)', str(path))]


def read_image(path: str, flags: int = cv2.IMREAD_COLOR) -> np.ndarray:
    """Reads an image file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If OpenCV cannot decode it.
    """
    image = cv2.imread(str(path), flags)
    if image is None:
        if not Path(path).is_file():
            raise FileNotFoundError(f'image {path} does not exist')
        raise ValueError(f'{path} cannot be decoded as an image')
    return image


def load_frame(frame: dict) -> np.ndarray:
    """The picture (H, W, 3) uint8 BGR of an entry of ``frames``."""
    return frame['img'] if 'img' in frame else read_image(frame['img_path'])


class FrameSource:
    """Base of the sources: checks, and finds the foreground of clips if asked.

    Args:
        frames: Entries as described above, each video in one piece.
        where: For messages: what was searched.
        background_subtraction: Arguments of :func:`~.foreground.foreground_masks`, which is run on each video and
            fills ``foreground``. For cameras that stand still; needs the pictures of a video in memory once, and
            keeps the masks there.

    Raises:
        ValueError: If there are no frames.
    """

    def __init__(self, frames: list[dict], where: str, background_subtraction: dict | None = None) -> None:
        if not frames:
            raise ValueError(f'no frames found in {where}')
        self.frames = frames
        if background_subtraction is not None:
            for _, video in groupby(frames, key=lambda frame: frame['video_id']):
                video = list(video)
                masks = foreground_masks(np.stack([load_frame(frame) for frame in video]), **background_subtraction)
                for frame, mask in zip(video, masks, strict=True):
                    frame['foreground'] = mask

    def __len__(self) -> int:
        return len(self.frames)

    def videos(self) -> list[list[int]]:
        """Indices of the frames of each video, in order."""
        numbered = groupby(enumerate(self.frames), key=lambda item: item[1]['video_id'])
        return [[index for index, _ in video] for _, video in numbered]


def existing_folder(root: str, what: str) -> Path:
    """Path of a folder that must exist."""
    root = Path(root)
    if not root.is_dir():
        raise FileNotFoundError(f'{what} folder {root} does not exist')
    return root


def image_files(folder: Path, suffixes: Sequence[str] = IMAGE_SUFFIXES) -> list[Path]:
    """Image files right in a folder, in natural order."""
    return sorted((path for path in folder.iterdir() if path.suffix.lower() in suffixes), key=natural_key)


@TASK_UTILS.register_module()
class FrameFolders(FrameSource):
    """One folder of images per video; images right in ``root`` make one more video.

    Args:
        root: Searched with all its sub-folders.
        suffixes: Of the images, lower case.
        background_subtraction: See :class:`FrameSource`.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If it holds no image.
    """

    def __init__(
        self, root: str, suffixes: Sequence[str] = IMAGE_SUFFIXES, background_subtraction: dict | None = None
    ) -> None:
        root = existing_folder(root, 'frame')
        folders = [root, *sorted((path for path in root.rglob('*') if path.is_dir()), key=natural_key)]
        frames = [
            dict(img_path=str(path), video_id=folder.relative_to(root).as_posix(), frame_id=frame_id)
            for folder in folders
            for frame_id, path in enumerate(image_files(folder, tuple(suffixes)))
        ]
        super().__init__(frames, f'{root} (images with {", ".join(suffixes)})', background_subtraction)


@TASK_UTILS.register_module()
class FrameStrips(FrameSource):
    """One image file per clip, its frames side by side; decoded once and kept in memory.

    Args:
        root: Folder of the strips.
        frame_width: Width of a frame in pixels.
        background_subtraction: See :class:`FrameSource`.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If it holds no image, or a strip is no whole number of frames wide.
    """

    def __init__(self, root: str, frame_width: int = 64, background_subtraction: dict | None = None) -> None:
        frames = []
        for path in image_files(existing_folder(root, 'strip')):
            strip = read_image(path)
            if strip.shape[1] % frame_width:
                raise ValueError(f'strip {path} is {strip.shape[1]} pixels wide, no multiple of {frame_width}')
            for frame_id, start in enumerate(range(0, strip.shape[1], frame_width)):
                image = np.ascontiguousarray(strip[:, start : start + frame_width])
                frames.append(dict(img=image, video_id=path.stem, frame_id=frame_id))
        super().__init__(frames, str(root), background_subtraction)


@TASK_UTILS.register_module()
class PuppetFrames(FrameSource):
    """Generated puppets (:mod:`.puppets`) without their labels, with exact foreground; kept in memory."""

    def __init__(
        self, num_videos: int = 100, num_frames: int = 40, seed: int = 0, image_size: int = 64, split: str = 'train'
    ) -> None:
        videos = make_puppet_videos(num_videos, num_frames, seed, image_size, split)
        frames = [
            dict(
                img=videos.frames[video, frame],
                foreground=videos.foreground[video, frame],
                video_id=f'{split}_{seed}_{video:05d}',
                frame_id=frame,
            )
            for video in range(num_videos)
            for frame in range(num_frames)
        ]
        super().__init__(frames, 'the puppets')


@TASK_UTILS.register_module()
class AnnotatedFrames(FrameSource):
    """Frames of a COCO-style annotation file.

    Each of ``images`` has ``file_name``, ``video_id``, ``frame_id`` and perhaps ``mask_file``. An entry of
    ``annotations`` may add ``bbox`` (x, y, w, h), ``keypoints`` (x, y, visibility, ...) and ``activity`` to its image;
    at most one per image.

    Args:
        ann_file: The JSON file.
        data_prefix: Folders that ``file_name`` (key ``img``) and ``mask_file`` (key ``mask``) are relative to.
        data_root: Folder that ``ann_file`` and the prefixes are relative to.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If an image lacks its video or frame number, two instances share an image, or there is no image.
    """

    def __init__(self, ann_file: str, data_prefix: dict | None = None, data_root: str = '') -> None:
        path = Path(data_root, ann_file)
        if not path.is_file():
            raise FileNotFoundError(f'annotation file {path} does not exist')
        content = json.loads(path.read_text())
        prefix = dict(img='', mask='') | dict(data_prefix or {})
        instances = {}
        for instance in content.get('annotations', []):
            if instance['image_id'] in instances:
                raise ValueError(f'{path}: image {instance["image_id"]} has several instances; frames can have one')
            instances[instance['image_id']] = instance
        frames = []
        for image in content.get('images', []):
            missing = [key for key in ('file_name', 'video_id', 'frame_id') if key not in image]
            if missing:
                raise ValueError(f'{path}: image {image.get("id")} has no {", ".join(missing)}')
            frame = dict(
                img_path=str(Path(data_root, prefix['img'], image['file_name'])),
                video_id=str(image['video_id']),
                frame_id=int(image['frame_id']),
            )
            if image.get('mask_file'):
                frame['mask_path'] = str(Path(data_root, prefix['mask'], image['mask_file']))
            frames.append(frame | _labels(instances.get(image.get('id'), {})))
        # Videos "1" and "01" have one natural key; the name itself keeps their frames apart.
        frames.sort(key=lambda frame: (natural_key(frame['video_id']), frame['video_id'], frame['frame_id']))
        super().__init__(frames, str(path))


def _labels(instance: dict) -> dict:
    labels = {}
    if 'bbox' in instance:
        x, y, width, height = instance['bbox']
        labels['bbox'] = np.array([x, y, x + width, y + height], dtype=np.float32)
    if 'keypoints' in instance:
        triples = np.array(instance['keypoints'], dtype=np.float32).reshape(-1, 3)
        labels['keypoints'] = triples[:, :2]
        labels['keypoints_visible'] = np.minimum(triples[:, 2], 1)
    if 'activity' in instance:
        labels['activity'] = instance['activity']
    return labels
