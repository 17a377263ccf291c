"""Sources of video frames without labels: folders, image strips, annotation files, generated puppets.

A source has ``frames``, a list of dicts sorted by video and position in it:

- ``img_path`` (str), or ``img`` (H, W, 3) uint8 BGR
- ``video_id`` (str), ``frame_id`` (int)
- optional: ``mask_path`` (str) or ``foreground`` (H, W) bool; ``bbox`` (4,) as x1 y1 x2 y2; labels of annotated frames,
  with ``label_file`` and ``label_line``, where they were read
"""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np

from kpgan_mm.registry import TASK_UTILS

from .bad_data import BadData, BadDataError, MissingFileError, check_file
from .foreground import foreground_masks
from .image_files import IMAGE_SUFFIXES, existing_folder, image_files, natural_key, read_image
from .puppets import make_puppet_videos


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
        bad_data: 'refuse' or 'skip', see :mod:`.bad_data`; or the :class:`~.bad_data.BadData` that a sub-class has
            used to collect ``frames``.

    Attributes:
        bad_data: A :class:`~.bad_data.BadData`.

    Raises:
        ValueError: If there are no frames, or all are bad.
        BadDataError: If one is bad and ``bad_data`` is 'refuse'.
    """

    def __init__(
        self,
        frames: list[dict],
        where: str,
        background_subtraction: dict | None = None,
        bad_data: str | BadData = 'refuse',
    ) -> None:
        self.bad_data = bad_data if isinstance(bad_data, BadData) else BadData(bad_data, where)
        self.frames = frames
        self._check_not_empty(where)
        if background_subtraction is not None:
            videos = [list(video) for _, video in groupby(frames, key=lambda frame: frame['video_id'])]
            self.frames = [frame for video in videos for frame in self._with_foreground(video, background_subtraction)]
            self._check_not_empty(where)
        self.bad_data.summarize(len(self.frames) + len(self.bad_data.left_out), 'items')

    def _check_not_empty(self, where: str) -> None:
        if not self.frames:
            left_out = self.bad_data.left_out
            raise ValueError(
                f'no frame of {where} can be used: {len(left_out)} items are bad, the first: {left_out[0]}'
                if left_out
                else f'no frames found in {where}'
            )

    def _with_foreground(self, video: list[dict], options: dict) -> list[dict]:
        """The frames of a video that can be read, with their foreground."""
        frames, images = [], []
        for frame in video:
            with self.bad_data.leaving_out():
                image = load_frame(frame)
                if images and image.shape != images[0].shape:
                    raise BadDataError(
                        f'{place_of(frame)} is of {image.shape[:2]} pixels, and the video began with '
                        f'{images[0].shape[:2]}',
                        'frame-size',
                        *place_of(frame, split=True),
                    )
                frames.append(frame)
                images.append(image)
        with self.bad_data.leaving_out(f'video {video[0]["video_id"]}', 'short-video'):
            masks = foreground_masks(np.stack(images) if images else np.empty((0, 1, 1, 3), np.uint8), **options)
            for frame, mask in zip(frames, masks, strict=True):
                frame['foreground'] = mask
            return frames
        return []

    def check_files(self) -> None:
        """Looks whether the files of all frames are there and hold anything; data sets that read them call it.

        Sources whose ``frames`` are no list, but read a frame when it is asked for, are left alone.

        Raises:
            BadDataError: If one is not and ``bad_data`` is 'refuse'.
            ValueError: If none is left.
        """
        if not isinstance(self.frames, list):
            return
        total, before, usable = len(self.frames), len(self.bad_data.left_out), []
        for frame in self.frames:
            with self.bad_data.leaving_out():
                if 'img_path' in frame:
                    check_file(frame['img_path'], 'image')
                if 'mask_path' in frame:
                    check_file(frame['mask_path'], 'mask')
                usable.append(frame)
        self.frames = usable
        self._check_not_empty(self.bad_data.where)
        if len(self.bad_data.left_out) > before:
            self.bad_data.summarize(total, 'frames')

    def __len__(self) -> int:
        return len(self.frames)

    def frame(self, index: int) -> dict:
        """Entry ``index`` of ``frames``, which some sources read only now.

        Raises:
            BadDataError: If that is not possible.
        """
        try:
            return self.frames[index]
        except BadDataError:
            raise
        except (FileNotFoundError, ValueError) as error:
            kind = MissingFileError if isinstance(error, FileNotFoundError) else BadDataError
            raise kind(str(error), file=f'frame {index} of {self.bad_data.where}') from error

    def videos(self) -> list[list[int]]:
        """Indices of the frames of each video, in order."""
        numbered = groupby(enumerate(self.frames), key=lambda item: item[1]['video_id'])
        return [[index for index, _ in video] for _, video in numbered]


def place_of(frame: dict, split: bool = False) -> str | tuple[str, str]:
    """What to call a frame in a message; with ``split`` its file and the place in it."""
    if 'img_path' in frame:
        return (frame['img_path'], '') if split else frame['img_path']
    parts = (str(frame['video_id']), f'frame {frame["frame_id"]}')
    return parts if split else f'{parts[1]} of video {parts[0]}'


@TASK_UTILS.register_module()
class FrameFolders(FrameSource):
    """One folder of images per video; images right in ``root`` make one more video.

    Args:
        root: Searched with all its sub-folders.
        suffixes: Of the images, lower case.
        background_subtraction, bad_data: See :class:`FrameSource`.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If it holds no image.
    """

    def __init__(
        self,
        root: str,
        suffixes: Sequence[str] = IMAGE_SUFFIXES,
        background_subtraction: dict | None = None,
        bad_data: str = 'refuse',
    ) -> None:
        root = existing_folder(root, 'frame')
        folders = [root, *sorted((path for path in root.rglob('*') if path.is_dir()), key=natural_key)]
        frames = [
            dict(img_path=str(path), video_id=folder.relative_to(root).as_posix(), frame_id=frame_id)
            for folder in folders
            for frame_id, path in enumerate(image_files(folder, tuple(suffixes)))
        ]
        super().__init__(frames, f'{root} (images with {", ".join(suffixes)})', background_subtraction, bad_data)


@TASK_UTILS.register_module()
class FrameStrips(FrameSource):
    """One image file per clip, its frames side by side; decoded once and kept in memory.

    Args:
        root: Folder of the strips.
        frame_width: Width of a frame in pixels.
        background_subtraction, bad_data: See :class:`FrameSource`.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If it holds no image.
        BadDataError: If a strip cannot be read, or is no whole number of frames wide, and ``bad_data`` is 'refuse'.
    """

    def __init__(
        self,
        root: str,
        frame_width: int = 64,
        background_subtraction: dict | None = None,
        bad_data: str = 'refuse',
    ) -> None:
        bad, frames = BadData(bad_data, str(root)), []
        for path in image_files(existing_folder(root, 'strip')):
            with bad.leaving_out():
                strip = read_image(path)
                if strip.shape[1] % frame_width:
                    raise BadDataError(
                        f'strip {path} is {strip.shape[1]} pixels wide, no multiple of {frame_width}',
                        'strip-width',
                        path,
                    )
                for frame_id, start in enumerate(range(0, strip.shape[1], frame_width)):
                    image = np.ascontiguousarray(strip[:, start : start + frame_width])
                    frames.append(dict(img=image, video_id=path.stem, frame_id=frame_id))
        super().__init__(frames, str(root), background_subtraction, bad)


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
        bad_data: See :class:`FrameSource`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no JSON object, or there is no image.
        BadDataError: If an image lacks its video or frame number, two instances share an image, or an instance is no
            label, and ``bad_data`` is 'refuse'.
    """

    def __init__(
        self, ann_file: str, data_prefix: dict | None = None, data_root: str = '', bad_data: str = 'refuse'
    ) -> None:
        path = Path(data_root, ann_file)
        content = read_annotations(path)
        prefix = dict(img='', mask='') | dict(data_prefix or {})
        bad, instances, frames, refused = BadData(bad_data, str(path)), {}, [], set()
        for instance in content.get('annotations', []):
            number = instance.get('image_id')
            try:
                if number in instances:
                    message = f'{path}: image {number} has several instances; frames can have one'
                    raise BadDataError(message, 'several-instances', path, f'image {number}')
                instances[number] = _labels(instance, path)
            except BadDataError as error:
                refused.add(number)
                bad.found(error)
        for image in content.get('images', []):
            number = image.get('id')
            with bad.leaving_out():
                missing = [key for key in ('file_name', 'video_id', 'frame_id') if key not in image]
                if missing:
                    message = f'{path}: image {number} has no {", ".join(missing)}'
                    raise BadDataError(message, 'bad-entry', path, f'image {number}')
                frame = dict(
                    img_path=str(Path(data_root, prefix['img'], image['file_name'])),
                    video_id=str(image['video_id']),
                    frame_id=int(image['frame_id']),
                )
                if image.get('mask_file'):
                    frame['mask_path'] = str(Path(data_root, prefix['mask'], image['mask_file']))
                if number not in refused:
                    frames.append(frame | instances.get(number, {}))
        # Videos "1" and "01" have one natural key; the name itself keeps their frames apart.
        frames.sort(key=lambda frame: (natural_key(frame['video_id']), frame['video_id'], frame['frame_id']))
        super().__init__(frames, str(path), bad_data=bad)


def read_annotations(path: Path) -> dict:
    """Content of a COCO-style annotation file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no JSON object.
    """
    if not path.is_file():
        raise FileNotFoundError(f'annotation file {path} does not exist')
    try:
        content = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f'annotation file {path} is no JSON: {error}') from None
    if not isinstance(content, dict):
        raise ValueError(f'annotation file {path} holds a {type(content).__name__}, no object with "images"')
    return content


def _labels(instance: dict, path: Path) -> dict:
    """Labels of a frame from an entry of ``annotations``.

    Raises:
        BadDataError: If the box is no box, or the keypoints are no triples.
    """
    line = f'annotation {instance["id"]}' if 'id' in instance else f'annotation of image {instance.get("image_id")}'
    labels = dict(label_file=str(path), label_line=line)
    if 'bbox' in instance:
        box = np.array(instance['bbox'], dtype=np.float32).ravel()
        if len(box) != 4 or not np.isfinite(box).all() or (box[2:] <= 0).any():
            message = f'{path}, {line}: bbox {instance["bbox"]} is no (x, y, width, height) of a box with an area'
            raise BadDataError(message, 'empty-box', path, line)
        labels['bbox'] = np.concatenate([box[:2], box[:2] + box[2:]])
    if 'keypoints' in instance:
        values = np.array(instance['keypoints'], dtype=np.float32).ravel()
        if len(values) == 0 or len(values) % 3:
            message = f'{path}, {line}: keypoints are {len(values)} numbers, no triples of x, y and visibility'
            raise BadDataError(message, 'joint-count', path, line)
        triples = values.reshape(-1, 3)
        labels['keypoints'] = triples[:, :2]
        labels['keypoints_visible'] = np.minimum(triples[:, 2], 1)
    if 'activity' in instance:
        labels['activity'] = instance['activity']
    return labels
