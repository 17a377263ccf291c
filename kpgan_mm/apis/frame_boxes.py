"""Where the figure is: everywhere, in one box for all frames, or in a table's box of each."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from kpgan_mm.datasets.bad_data import BadDataError
from kpgan_mm.datasets.boxed_video_files import BoxTable
from kpgan_mm.datasets.video_files import VIDEO_SUFFIXES, video_frames

from .own_frames import CameraFrames, OwnFrame, OwnFrames

# (x1, y1, x2, y2) in pixels of the picture.
Box = Sequence[float]


class FrameBoxes:
    """Gives frames their boxes, and leaves out those that a table has none for.

    An image counts as a video of one frame: the table names its file, and frame 0.

    Args:
        box (Box, optional): one for all frames, inside every one of them.
        table (str | Path, optional): see :class:`~kpgan_mm.datasets.boxed_video_files.BoxTable`; as in training, what
            a box has beyond the picture is black.

    Attributes:
        num_without (int): frames that were left out so far.

    Raises:
        FileNotFoundError: If there is no such table.
        ValueError: If it cannot be read, or box and table are given.
    """

    def __init__(self, box: Box | None = None, table: str | Path | None = None) -> None:
        if box is not None and table is not None:
            raise ValueError(f'there is one box for all frames, and a table of boxes {table}: give one of them')
        self._box, self._folder = box, Path()
        self._table = None if table is None else BoxTable(table)
        self.num_without = 0

    def check_source(self, frames: OwnFrames | CameraFrames) -> None:
        """Refuse, before anything is predicted, a table that cannot be this source's.

        Raises:
            ValueError: If the table names no file of it, two of its files have the name that the table gives one, or a
                box lies outside the pictures of a video.
        """
        if self._table is None:
            return
        found = self._table.find(frames.files)
        if not found:
            raise ValueError(
                f'{self._table.file} has boxes for no file of {frames.source}; it names {self._table.videos()}: give '
                'the table that belongs to these pictures with --boxes, or one box for all with --box'
            )
        self._folder = frames.source if frames.source.is_dir() else frames.source.parent
        for file in found:
            size = _size_of_video(file)
            if size is not None:
                self._table.check_inside(file, size)

    def __call__(self, frames: Iterator[OwnFrame]) -> Iterator[tuple[OwnFrame, Box]]:
        """The frames that have a box, with it.

        Raises:
            ValueError: If the one box for all leaves a picture, or one of the table lies outside its picture.
        """
        for frame in frames:
            if self._table is None:
                yield frame, self._checked(frame)
                continue
            name, number = (frame.video_id, frame.frame_id) if frame.of_video else (frame.name, 0)
            file = self._folder / name
            box = self._table.box(file, number)
            if box is None:
                self.num_without += 1
            else:
                self._table.check_inside(file, frame.image.shape[:2], number)
                yield frame, tuple(float(value) for value in box)

    def _checked(self, frame: OwnFrame) -> Box:
        height, width = frame.image.shape[:2]
        if self._box is None:
            return 0, 0, width, height
        x1, y1, x2, y2 = self._box
        if x1 < 0 or y1 < 0 or x2 > width or y2 > height:
            raise ValueError(
                f'the box ({x1:g}, {y1:g}, {x2:g}, {y2:g}) (x1, y1, x2, y2) leaves the picture {frame.name} of '
                f'{width} x {height} pixels: give one inside it with --box, or predict pictures of the size that the '
                'crop was chosen for'
            )
        return self._box


def _size_of_video(file: Path) -> tuple[int, int] | None:
    """(height, width) of a video's first picture; None of images, and of what cannot be read."""
    if file.suffix.lower() not in VIDEO_SUFFIXES:
        return None
    try:
        return next((image.shape[:2] for _, image in video_frames(file) if image is not None), None)
    except BadDataError:
        return None
