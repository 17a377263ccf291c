"""A pose prior from a folder tree of ``.pts`` files, such as the landmarks of MultiPIE."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from kpgan_mm.registry import TASK_UTILS

from .image_files import natural_key
from .pose_priors import PosePrior
from .pts_files import read_pts


@TASK_UTILS.register_module()
class PtsPosePrior(PosePrior):
    """Landmarks of ``.pts`` files, each placed by itself as a crop around its landmarks places it.

    A square box around landmarks, widened by ``padding``, crops a picture so that its landmarks fill ``1 / padding``
    of the crop. ``fit_padding = (padding - 1) / 2`` makes the prior so: the default belongs to
    ``GetBBoxCenterScale(padding=1.25)``. ``TopdownAffine`` puts the middle of the box at pixel ``n / 2`` of n, half a
    pixel beyond the middle of the crop, and so does the prior.

    Args:
        paths: A folder, which is searched with all its sub-folders, a file, or a list of these.
        num_points: Points of a file that is used.
        left_out: Numbers of points of files that are left out and counted. MultiPIE has 39 in its profile views.
        fit_padding: Free margin on each side as a share of the figure.
        input_size: (width, height) of ``TopdownAffine`` in the pipeline of the images, a square.
        num_poses, seed, jitter: See :class:`~.pose_priors.PosePrior`.

    Attributes:
        files: The file of each pose.
        num_left_out: How many files were left out.

    Raises:
        FileNotFoundError: If a folder or file does not exist.
        ValueError: If a file cannot be read or has any other number of points, or no file is left.
    """

    def __init__(
        self,
        paths: str | Sequence[str],
        num_points: int = 68,
        left_out: Sequence[int] = (39,),
        fit_padding: float = 0.125,
        input_size: tuple[int, int] = (128, 128),
        num_poses: int | None = None,
        seed: int = 0,
        jitter: dict | None = None,
    ) -> None:
        poses, files, counts = [], [], Counter()
        for file in find_pts(paths):
            points = read_pts(file)
            if len(points) == num_points:
                poses.append(points)
                files.append(file)
            elif len(points) in left_out:
                counts[len(points)] += 1
            else:
                raise ValueError(f'{file} holds {len(points)} points, but {num_points} are needed: mend or remove it')
        self.num_left_out = counts.total()
        if not poses:
            raise ValueError(f'{_named(paths)} has no .pts file of {num_points} points (left out: {self.num_left_out})')
        for count, number in sorted(counts.items()):
            print_log(f'{_named(paths)}: left out {number} files of {count} points, kept {len(files)}', 'current')
        super().__init__(np.stack(poses), num_poses, seed, fit_padding, jitter, input_size=input_size)
        self.files = [str(files[index]) for index in self.kept]


def find_pts(paths: str | Sequence[str]) -> list[Path]:
    """The files that are named or lie in named folders, each once, in natural order.

    Raises:
        FileNotFoundError: If a folder or file does not exist.
    """
    found = set()
    for path in [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]:
        if path.is_dir():
            found.update(path.rglob('*.pts'))
        elif path.is_file():
            found.add(path)
        else:
            raise FileNotFoundError(f'{path} is neither a .pts file nor a folder of such')
    # Names such as 1 and 01 have one natural key.
    return sorted(found, key=lambda file: (natural_key(file), str(file)))


def _named(paths: str | Sequence[str]) -> str:
    return str(paths) if isinstance(paths, str | Path) else ', '.join(map(str, paths))
