"""Whatever a user has: images, videos, or a folder of both."""

from pathlib import Path

from kpgan_mm.registry import TASK_UTILS

from .bad_data import BadData
from .frame_sources import FrameFolders, FrameSource
from .image_files import IMAGE_SUFFIXES, check_image
from .video_files import VIDEO_SUFFIXES, VideoFiles


@TASK_UTILS.register_module()
class FolderOrVideo(FrameSource):
    """Frames of one video file; or of all images and videos in a folder and its sub-folders.

    Images that have no header, or not the end that their kind has, are found at once; other damage when they are read.

    Args:
        root: The file or folder.
        cache_dir: Where the frames of videos go, see :class:`~.video_files.VideoFiles`.
        stride: Every ``stride``-th frame of videos is used; images all.
        bad_data: See :class:`~.frame_sources.FrameSource`.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If a folder holds neither image nor video, or only one picture can be used.
        BadDataError: If an image or a video cannot be read and ``bad_data`` is 'refuse'.
    """

    def __init__(self, root: str, cache_dir: str, stride: int = 1, bad_data: str = 'refuse') -> None:
        path = Path(root)
        if not path.exists():
            raise FileNotFoundError(f'there is no folder and no video {root}')
        files = [path] if path.is_file() else [file for file in sorted(path.rglob('*')) if file.is_file()]
        images = [str(file) for file in files if path.is_dir() and file.suffix.lower() in IMAGE_SUFFIXES]
        where = f'{root} (images with {", ".join(IMAGE_SUFFIXES)}, videos with {", ".join(VIDEO_SUFFIXES)})'
        bad, frames = BadData(bad_data, where), []
        for frame in FrameFolders(root).frames if images else []:
            with bad.leaving_out():
                check_image(frame['img_path'], decode=False)
                frames.append(frame)
        for file in files:
            if file.suffix.lower() in VIDEO_SUFFIXES:
                with bad.leaving_out(file, 'unreadable-video'):
                    # One at a time, so that a damaged one does not stop the others.
                    frames += VideoFiles([str(file)], cache_dir, stride=stride, bad_data='skip').frames
        super().__init__(frames, where, bad_data=bad)
        if len(frames) < 2:
            raise ValueError(f'{root} has a single picture that can be used, and learning needs at least two')
