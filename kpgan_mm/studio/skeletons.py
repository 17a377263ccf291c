"""Skeletons as the page draws them: names, links and colours of joints."""

from pathlib import Path

from mmpose.datasets.datasets.utils import parse_pose_metainfo

from kpgan_mm.datasets import metainfo as package_metainfo
from kpgan_mm.utils.metainfo import load_metainfo


def describe_skeleton(metainfo: dict) -> dict:
    """What the page needs of a metainfo as MMPose's data sets parse it.

    Returns:
        dict: ``title``; ``names``, ``colors`` (as ``#rrggbb``) and ``swaps`` (number of the partner on the other side,
        or its own) of the K joints; and ``links``, pairs of numbers.
    """
    count = metainfo['num_keypoints']
    links = [[int(end) for end in link] for link in metainfo['skeleton_links']]
    return dict(
        title=str(metainfo['dataset_name']),
        names=[metainfo['keypoint_id2name'][number] for number in range(count)],
        colors=['#' + bytes(int(value) for value in color).hex() for color in metainfo['keypoint_colors']],
        swaps=[int(number) for number in metainfo['flip_indices']],
        links=links,
    )


def read_skeleton(file: str | Path) -> dict:
    """The same from a metainfo file, or the bare name of one of this package.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If it is no metainfo file, or incomplete.
    """
    name = str(file) if Path(file).suffix else f'{file}.py'
    try:
        return describe_skeleton(parse_pose_metainfo(load_metainfo(dict(from_file=name))))
    except (KeyError, AttributeError) as error:
        raise ValueError(f'the metainfo file {file} is incomplete: {error}') from None


def package_skeletons() -> list[dict]:
    """Those of the metainfo files that come with this package, by title."""
    folder = Path(next(iter(package_metainfo.__path__)))
    return [read_skeleton(file) for file in sorted(folder.glob('[!_]*.py'))]
