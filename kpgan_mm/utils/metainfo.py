"""Where metainfo files are found, and metainfo of keypoints that are discovered and have no names."""

import colorsys
from collections.abc import Iterable
from pathlib import Path

from mmengine.config import Config

_OURS = Path(__file__).resolve().parents[1] / 'datasets' / 'metainfo'
_OUR_FOLDER = Path('kpgan_mm/datasets/metainfo')


def load_metainfo(metainfo: dict) -> dict:
    """Read a metainfo file, if one is named.

    Args:
        metainfo: A metainfo, or ``dict(from_file=...)`` as MMPose's configs have it. The file is looked for from the
            current folder; a bare name, or a path that begins with ``kpgan_mm/datasets/metainfo/``, also among those of
            this package, so that configs work from anywhere. ``dict(num_keypoints=K)`` stands for K keypoints that are
            yet to be discovered, see :func:`discovered_metainfo`.

    Returns:
        dict: The raw metainfo (``keypoint_info``, ``skeleton_info``, ...).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file has no ``dataset_info``.
    """
    if set(metainfo) == {'num_keypoints'}:
        return discovered_metainfo(metainfo['num_keypoints'])
    if 'from_file' not in metainfo:
        return metainfo
    path = Path(metainfo['from_file'])
    if not path.is_file() and path.parent in (Path(), _OUR_FOLDER):
        path = _OURS / path.name
    if not path.is_file():
        known = ', '.join(sorted(file.stem for file in _OURS.glob('[!_]*.py')))
        raise FileNotFoundError(
            f'there is no metainfo file {metainfo["from_file"]}, and those of this package are {known}'
        )
    content = Config.fromfile(path)
    if 'dataset_info' not in content:
        raise ValueError(f'{path} is no metainfo file: it has no dataset_info')
    return content.dataset_info.to_dict()


def discovered_metainfo(num_keypoints: int, links: Iterable[tuple[int, int]] = (), name: str = 'discovered') -> dict:
    """Metainfo of keypoints that a model discovers: ``keypoint_0`` and so on, of different colours, none swapped.

    Args:
        num_keypoints: K.
        links: Pairs of keypoints that are linked; none before a skeleton is learned.
        name: Of the data set.

    Returns:
        dict: The raw metainfo.

    Raises:
        ValueError: If K is no positive integer.
    """
    if not isinstance(num_keypoints, int) or num_keypoints < 1:
        raise ValueError(f'num_keypoints must be a positive integer, got {num_keypoints!r}')
    names = [f'keypoint_{k}' for k in range(num_keypoints)]
    colors = [_color(k, num_keypoints) for k in range(num_keypoints)]
    metainfo = dict(
        dataset_name=name,
        keypoint_info={k: dict(name=names[k], id=k, color=colors[k], type='', swap='') for k in range(num_keypoints)},
        skeleton_info={},
        joint_weights=[1.0] * num_keypoints,
        sigmas=[0.05] * num_keypoints,
    )
    return with_links(metainfo, links)


def is_discovered(metainfo: dict) -> bool:
    """Whether the keypoints of a raw metainfo are discovered ones, by their names."""
    return all(info['name'] == f'keypoint_{info["id"]}' for info in metainfo['keypoint_info'].values())


def with_links(metainfo: dict, links: Iterable[tuple[int, int]]) -> dict:
    """A metainfo with other links; a link has the colour of its second keypoint.

    Args:
        metainfo: The raw metainfo.
        links: Pairs of keypoints, by their numbers.

    Returns:
        dict: A raw metainfo.
    """
    infos = {info['id']: info for info in metainfo['keypoint_info'].values()}
    skeleton = {
        number: dict(link=(infos[i]['name'], infos[j]['name']), id=number, color=infos[j]['color'])
        for number, (i, j) in enumerate(links)
    }
    return {key: value for key, value in metainfo.items() if key != 'rendered_links'} | dict(skeleton_info=skeleton)


def _color(number: int, count: int) -> list[int]:
    """One of ``count`` hues, neighbours in number alternating in brightness."""
    rgb = colorsys.hsv_to_rgb(number / count, 0.85, 1.0 if number % 2 else 0.75)
    return [round(255 * value) for value in rgb]
