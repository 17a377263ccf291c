"""Whatever a user has: images, videos, or a folder of both."""

from pathlib import Path

from kpgan_mm.registry import TASK_UTILS

from .frame_sources import FrameFolders, FrameSource
from .image_files import IMAGE_SUFFIXES
from .video_files import VIDEO_SUFFIXES, VideoFiles


@TASK_UTILS.register_module()
class FolderOrVideo(FrameSource):
    """Frames of one video file; or of all images and videos in a folder and its sub-folders.

    Args:
        root: The file or folder.
        cache_dir: Where the frames of videos go, see :class:`~.video_files.VideoFiles`.
        stride: Every ``stride``-th frame of videos is used; images all.
        bad_data: See :class:`~.frame_sources.FrameSource`.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If a folder holds neither image nor video.
        BadDataError: If a video cannot be read and ``bad_data`` is 'refuse'.
    """

    def __init__(self, root: str, cache_dir: str, stride: int = 1, bad_data: str = 'refuse') -> None:
        path = Path(root)
        if not path.exists():
            raise FileNotFoundError(f'there is no folder and no video {root}')
        files = [path] if path.is_file() else [file for file in sorted(path.rglob('*')) if file.is_file()]
        videos = [str(file) for file in files if file.suffix.lower() in VIDEO_SUFFIXES]
        frames = []
        if path.is_dir() and any(file.suffix.lower() in IMAGE_SUFFIXES for file in files):
            frames += FrameFolders(root, bad_data=bad_data).frames
        if videos:
            frames += VideoFiles(videos, cache_dir, stride=stride, bad_data=bad_data).frames
        where = f'{root} (images with {", ".join(IMAGE_SUFFIXES)}, videos with {", ".join(VIDEO_SUFFIXES)})'
        super().__init__(frames, where, bad_data=bad_data)
