"""Checks of image and video files."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from kpgan_mm.datasets.bad_data import BadDataError
from kpgan_mm.datasets.frame_sources import load_frame
from kpgan_mm.datasets.image_files import check_image, image_files, read_image
from kpgan_mm.datasets.video_files import VIDEO_SUFFIXES

from .report import Report

# Without `full`: frames of a set that are decoded, and videos whose frames are compared.
_NUM_DECODED = 64
_NUM_COMPARED = 100
# Differences of grey levels up to this are noise of the coding.
_NOISE = 2


def check_images(frames: Sequence[dict], where: str, full: bool, report: Report) -> dict[str, tuple[int, int]]:
    """Checks pictures and masks of frames.

    Args:
        frames: Entries with ``img_path``, perhaps ``mask_path``; those that hold their picture are passed over.
        where: The data set, for the report.
        full: Decode all of them, not only some.
        report: Gets the problems.

    Returns:
        dict: (height, width) of every sound picture, by path.
    """
    sizes = {}
    by_path = {frame['img_path']: frame for frame in frames if frame.get('img_path') and 'img' not in frame}
    decoded = set(spread(len(by_path), len(by_path) if full else _NUM_DECODED))
    for index, (path, frame) in enumerate(by_path.items()):
        report.progress(f'{where}: images', index + 1, len(by_path))
        size = None
        try:
            size = sizes[path] = check_image(path, index in decoded)
        except (BadDataError, OSError) as error:
            report.add_error(error, where, 'unreadable')
        mask = frame.get('mask_path')
        if mask:
            try:
                mask_size = check_image(mask, index in decoded)
                if size is not None and mask_size != size:
                    what = f'mask of {mask_size[1]} x {mask_size[0]} for {path} of {size[1]} x {size[0]} pixels'
                    report.add('mask-size', what, where, mask)
                elif index in decoded and not read_image(mask, cv2.IMREAD_GRAYSCALE).any():
                    report.add('empty-mask', 'the mask is black everywhere', where, mask)
            except (BadDataError, OSError) as error:
                report.add_error(error, where, 'unreadable')
    report.looked_at['images'] += len(by_path)
    report.looked_at['images decoded'] += len(decoded)
    return sizes


def check_videos(videos: dict[str, list[dict]], sizes: dict, where: str, full: bool, report: Report) -> None:
    """Checks frames of one video against each other: size, numbering, whether anything moves, foreground.

    Args:
        videos: Frames by video, in order.
        sizes: Of the pictures, by path, as :func:`check_images` returns them.
        where, full, report: See :func:`check_images`.
    """
    compared = set(spread(len(videos), len(videos) if full else _NUM_COMPARED))
    for index, (video, frames) in enumerate(videos.items()):
        report.progress(f'{where}: videos', index + 1, len(videos))
        folder = str(Path(frames[0]['img_path']).parent) if frames[0].get('img_path') else ''
        _check_sizes(video, frames, sizes, where, report)
        _check_numbers(video, frames, where, report)
        masks = [frame['foreground'] for frame in frames if 'foreground' in frame]
        if masks and not any(mask.any() for mask in masks):
            report.add('empty-mask', f'no foreground in any of {len(masks)} frames', where, folder, f'video {video}')
        if index in compared and len(frames) > 1 and _is_constant(frames):
            report.add('constant-video', f'its {len(frames)} frames are alike', where, folder, f'video {video}')
    report.looked_at['videos'] += len(videos)


def _check_sizes(video: str, frames: list[dict], sizes: dict, where: str, report: Report) -> None:
    found = Counter(sizes[frame['img_path']] for frame in frames if frame.get('img_path') in sizes)
    if len(found) > 1:
        usual = found.most_common(1)[0][0]
        for frame in frames:
            size = sizes.get(frame.get('img_path'), usual)
            if size != usual:
                what = f'{size[1]} x {size[0]} pixels, where most of video {video} has {usual[1]} x {usual[0]}'
                report.add('frame-size', what, where, frame['img_path'], f'frame {frame["frame_id"]}')


def _check_numbers(video: str, frames: list[dict], where: str, report: Report) -> None:
    """Frames numbered 1, 2, 4: one is missing. Sets that were thinned out irregularly are left alone."""
    stems = [Path(frame['img_path']).stem for frame in frames if frame.get('img_path')]
    digits = [re.search(r'(\d+)\D*$', stem) for stem in stems]
    if len(stems) < 10 or not all(digits):
        return
    numbers = np.array([int(match.group(1)) for match in digits])
    steps = np.diff(numbers)
    step = steps.min()
    holes = np.flatnonzero(steps > step)
    if step > 0 and 0 < len(holes) <= 0.1 * len(steps):
        for hole in holes:
            what = f'video {video}: after frame {numbers[hole]} comes {numbers[hole + 1]}'
            report.add('number-gap', what, where, frames[hole]['img_path'], f'frame {numbers[hole] + step}')


def _is_constant(frames: list[dict]) -> bool:
    images = []
    for index in spread(len(frames), 5):
        try:
            images.append(load_frame(frames[index]))
        except (BadDataError, OSError):
            return False
    first = images[0].astype(int)
    return all(image.shape == first.shape and np.abs(image - first).max() <= _NOISE for image in images[1:])


def sound_videos(files: str | Sequence[str], where: str, full: bool, report: Report) -> list[str]:
    """Checks video files: there, open, and with a first frame; with ``full`` every frame.

    Returns:
        list[str]: Those with at least one frame.
    """
    named = [Path(name) for name in ([files] if isinstance(files, str) else files)]
    paths = [path for name in named for path in (image_files(name, VIDEO_SUFFIXES) if name.is_dir() else [name])]
    sound = []
    for index, path in enumerate(paths):
        report.progress(f'{where}: video files', index + 1, len(paths))
        if not path.is_file():
            report.add('missing-file', f'video {path} does not exist', where, path)
        elif path.stat().st_size == 0:
            report.add('empty-video', f'video {path} is empty (0 bytes)', where, path)
        elif _check_video(path, where, full, report):
            sound.append(str(path))
    report.looked_at['video files'] += len(paths)
    return sound


def _check_video(path: Path, where: str, full: bool, report: Report) -> bool:
    capture = cv2.VideoCapture(str(path))
    try:
        if not capture.isOpened():
            report.add('unreadable-video', f'{path} cannot be opened as a video', where, path)
            return False
        promised, count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0
        while capture.grab():
            count += 1
            if (full or count == 1) and capture.retrieve()[1] is None:
                report.add('unreadable-video', 'a frame cannot be decoded', where, path, f'frame {count - 1}')
                return False
            if not full:
                break
        if count == 0:
            report.add('empty-video', f'no frame can be decoded from {path}', where, path)
        elif full and count < promised:
            report.add(
                'video-ends-early', f'{count} of {promised} frames can be decoded', where, path, f'frame {count}'
            )
        return count > 0
    finally:
        capture.release()


def spread(total: int, number: int) -> list[int]:
    """Up to ``number`` indices, evenly spread over ``total``."""
    return sorted(set(np.linspace(0, total - 1, min(number, total)).round().astype(int).tolist())) if total else []
