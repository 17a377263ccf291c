"""Skeletons by name, and skeletons of one's own from a few lines of YAML."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from pprint import pformat

import yaml

from kpgan_mm.geometry import Skeleton
from kpgan_mm.utils.config import ConfigError
from kpgan_mm.utils.metainfo import load_metainfo

# Name on the command line -> metainfo of the package.
NAMED = {
    'h36m-17': 'h36m',
    'coco-17': 'coco_17',
    'face-68': 'face_68',
    'mouse-top': 'mouse_top',
    'mouse-bottom': 'mouse_bottom',
    'cat': 'cat_head',
}
_LEFT, _RIGHT, _AXIS = [0, 255, 0], [255, 128, 0], [51, 153, 255]
_FORM = 'keypoints: [a, b, c], links: [[a, b], [b, c]] and, where sides mirror each other, mirror: [[a, c]]'


@dataclass
class SkeletonFile:
    """A skeleton for a project.

    Attributes:
        name (str): of the data.
        text (str): of the metainfo file.
        metainfo (dict): what it holds.
    """

    name: str
    text: str
    metainfo: dict

    @property
    def keypoint_names(self) -> list[str]:
        """Names of the joints, in order."""
        return list(Skeleton.from_metainfo(self.metainfo).keypoint_names)

    @property
    def flip_indices(self) -> list[int]:
        """For each joint the one that mirrors it."""
        return list(Skeleton.from_metainfo(self.metainfo).flip_indices)


def find_skeleton(choice: str) -> SkeletonFile:
    """A skeleton of the list, a YAML file, or a metainfo file of one's own (.py).

    Raises:
        ConfigError: If there is none of that name, or a file is wrong, with the line.
    """
    if choice in NAMED:
        file = Path(__file__).parents[2] / 'datasets' / 'metainfo' / f'{NAMED[choice]}.py'
        return SkeletonFile(choice, file.read_text(), load_metainfo(dict(from_file=str(file))))
    path = Path(choice)
    if path.suffix in ('.yaml', '.yml', '.py') and not path.is_file():
        raise ConfigError(f'There is no skeleton file {choice}.')
    if path.suffix in ('.yaml', '.yml'):
        return _from_yaml(path)
    if path.suffix == '.py':
        try:
            metainfo = load_metainfo(dict(from_file=str(path)))
            Skeleton.from_metainfo(metainfo)
        except Exception as error:  # it is code, so anything may happen
            reason = ' '.join(str(error).split()) or type(error).__name__
            raise ConfigError(f'{path} cannot be read as a skeleton: {reason}.') from None
        return SkeletonFile(path.stem, path.read_text(), metainfo)
    raise ConfigError(
        f'There is no skeleton "{choice}": choose one of {", ".join(NAMED)}, or give a YAML file with {_FORM}.'
    )


def _from_yaml(path: Path) -> SkeletonFile:
    """Reads keypoints, links and mirror pairs; every message names the line."""
    try:
        root = yaml.compose(path.read_text(encoding='utf-8-sig'), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise ConfigError(f'{path} cannot be read as text in UTF-8: {error}.') from None
    except yaml.YAMLError as error:
        mark = getattr(error, 'problem_mark', None)
        line = f', line {mark.line + 1}' if mark else ''
        raise ConfigError(f'{path}{line}: this is no YAML ({getattr(error, "problem", error)}).') from None
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(f'{path} should hold {_FORM}.')
    entries = {key.value: value for key, value in root.value}
    for key, value in root.value:
        if key.value not in ('keypoints', 'links', 'mirror'):
            raise ConfigError(f'{_at(path, key)}: "{key.value}" is not known; a skeleton has keypoints, links, mirror.')
        if not isinstance(value, yaml.SequenceNode):
            raise ConfigError(f'{_at(path, value)}: {key.value} should be a list: {_FORM}.')
    for key in ('keypoints', 'links'):
        if key not in entries:
            raise ConfigError(f'{path} has no {key}: it should hold {_FORM}.')
    names = []
    for node in entries['keypoints'].value:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise ConfigError(f'{_at(path, node)}: a keypoint is a name.')
        if node.value in names:
            raise ConfigError(f'{_at(path, node)}: the keypoint "{node.value}" is there twice.')
        names.append(node.value)
    links = list(_pairs(path, entries['links'], 'link', names))
    if not links:
        raise ConfigError(f'{_at(path, entries["links"])}: links are empty, so nothing could be drawn.')
    partner = {}
    for first, second in _pairs(path, entries.get('mirror'), 'mirror pair', names, partner):
        partner[first], partner[second] = second, first
    loose = [name for name in names if all(name not in link for link in links)]
    if loose:
        line = _at(path, entries['links'])
        raise ConfigError(f'{line}: no link has {", ".join(loose)}, so the drawing would not tell where it is.')
    return _skeleton(path.stem, names, links, partner)


def _pairs(path: Path, node, what: str, names: list[str], taken: dict | None = None) -> Iterator[tuple[str, str]]:
    for pair in node.value if node is not None else []:
        if not isinstance(pair, yaml.SequenceNode) or len(pair.value) != 2:
            raise ConfigError(f'{_at(path, pair)}: a {what} is two keypoints, [a, b].')
        ends = [end.value for end in pair.value]
        for end in pair.value:
            if end.value not in names:
                raise ConfigError(
                    f'{_at(path, end)}: the {what} names "{end.value}", which is not among the keypoints '
                    f'({", ".join(names)}).'
                )
            if end.value in (taken or {}):
                raise ConfigError(f'{_at(path, end)}: "{end.value}" is in two mirror pairs.')
        if ends[0] == ends[1]:
            raise ConfigError(f'{_at(path, pair)}: a {what} needs two different keypoints, got "{ends[0]}" twice.')
        yield ends[0], ends[1]


def _at(path: Path, node: yaml.Node) -> str:
    return f'{path}, line {node.start_mark.line + 1}'


def _skeleton(name: str, names: list[str], links: list, partner: dict[str, str]) -> SkeletonFile:
    """Metainfo: the first of a mirror pair green, the second orange, the axis blue."""

    def color(keypoint: str) -> list[int]:
        if keypoint not in partner:
            return _AXIS
        return _LEFT if names.index(keypoint) < names.index(partner[keypoint]) else _RIGHT

    metainfo = dict(
        dataset_name=name,
        paper_info=dict(author='', title='', container='', year='', homepage=''),
        keypoint_info={
            k: dict(name=keypoint, id=k, color=color(keypoint), type='', swap=partner.get(keypoint, ''))
            for k, keypoint in enumerate(names)
        },
        skeleton_info={
            k: dict(link=link, id=k, color=next((color(end) for end in link if end in partner), _AXIS))
            for k, link in enumerate(links)
        },
        joint_weights=[1.0] * len(names),
        sigmas=[0.05] * len(names),
    )
    text = f'dataset_info = {pformat(metainfo, width=118, sort_dicts=False, compact=True)}\n'
    return SkeletonFile(name, text, metainfo)
