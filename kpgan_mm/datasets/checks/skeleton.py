"""Checks of the metainfo: swaps, links, numbers of joints."""

import re
from collections.abc import Sequence

from mmpose.datasets.datasets.utils import parse_pose_metainfo

from kpgan_mm.utils.metainfo import load_metainfo

from .report import Report

# Spellings of left and right in names of keypoints, as (pattern, partner): whole words, or L and R set apart by
# underscores, digits or case.
_SIDES = (
    (re.compile(r'left'), 'right'), (re.compile(r'Left'), 'Right'), (re.compile(r'LEFT'), 'RIGHT'),
    (re.compile(r'(?<![A-Za-z])l(?![A-Za-z])'), 'r'), (re.compile(r'(?<![A-Z])L(?![a-z])'), 'R'),
)  # fmt: skip


def partner_name(name: str, names: Sequence[str]) -> str | None:
    """The name of the same joint on the right, if this one's name says left and there is one."""
    for pattern, other in _SIDES:
        partner = pattern.sub(other, name)
        if partner != name and partner in names:
            return partner
    return None


def check_skeleton(metainfo: dict, file: str, where: str, report: Report) -> None:
    """Checks a raw metainfo (``keypoint_info``, ``skeleton_info``, ...), as the file has it."""
    infos = list(metainfo.get('keypoint_info', {}).values())
    names = [info['name'] for info in infos]
    swaps = {info['name']: info.get('swap', '') for info in infos}
    ids = sorted(info.get('id', -1) for info in infos)
    if ids != list(range(len(infos))):
        report.add('metainfo', f'ids of keypoint_info are {ids}, not 0 to {len(infos) - 1}', where, file)
    for name in sorted({name for name in names if names.count(name) > 1}):
        report.add('metainfo', f'two keypoints are called {name}', where, file)
    for key in ('joint_weights', 'sigmas'):
        if len(metainfo.get(key, ())) != len(infos):
            report.add(
                'metainfo', f'{key} has {len(metainfo.get(key, ()))} numbers for {len(infos)} joints', where, file
            )
    for name, swap in swaps.items():
        if swap and swap not in swaps:
            report.add('swap', f'swap of {name} is {swap}, which is no keypoint', where, file, f'keypoint {name}')
        elif swap and swaps[swap] != name:
            what = f'swap of {name} is {swap}, but that of {swap} is {swaps[swap] or "empty"}'
            report.add('swap', what, where, file, f'keypoint {name}')
        elif not swap and partner_name(name, names):
            what = f'{name} and {partner_name(name, names)} look like partners, but swap is empty'
            report.add('no-swap', what, where, file, f'keypoint {name}')
    check_links(metainfo, names, file, where, report)


def check_links(metainfo: dict, names: list[str], file: str, where: str, report: Report) -> None:
    """Checks that links join keypoints, and that each keypoint is on a link."""
    links = [info['link'] for info in metainfo.get('skeleton_info', {}).values()]
    rendered = metainfo.get('rendered_links') or links
    linked = set()
    for link in [*links, *rendered]:
        ends = {name for end in link for name in ([end] if isinstance(end, str) else end)}
        for name in sorted(ends - set(names)):
            report.add('link', f'link {tuple(link)} ends at {name}, which is no keypoint', where, file, f'link {link}')
    for link in rendered:
        linked.update(name for end in link for name in ([end] if isinstance(end, str) else end))
    for name in names:
        if name not in linked:
            report.add('unlinked-joint', f'{name} is on no link that is drawn', where, file, f'keypoint {name}')


def check_flips(pipeline: Sequence, has_swaps: bool, where: str, report: Report) -> None:
    """Warns where pictures are mirrored though the metainfo names no partners."""
    kinds = [str(step.get('type', '')) for step in pipeline if isinstance(step, dict)]
    if any(kind.endswith('RandomFlip') for kind in kinds) and not has_swaps:
        report.add('flip-without-swaps', 'the pipeline mirrors pictures, but no joint has a partner (swap)', where)


def checked_metainfo(given: dict | None, default: dict | None, where: str, report: Report) -> dict | None:
    """Parsed metainfo of a data set, after checks of the raw one.

    Args:
        given: In the configuration of the data set.
        default: That of its class.
        where: The data set, for the report.
        report: Gets the problems.

    Returns:
        dict: As MMPose's data sets have it; None if there is none, or it is wrong.
    """
    metainfo = given or default
    if not metainfo:
        report.add('config', 'the data set needs the metainfo of the keypoints', where)
        return None
    try:
        raw = load_metainfo(metainfo)
    except FileNotFoundError as error:
        try:  # one of MMPose's own, which it finds in its package
            return parse_pose_metainfo(dict(metainfo))
        except FileNotFoundError:
            report.add('config', str(error), where)
            return None
    except (ValueError, SyntaxError, NameError) as error:
        report.add('config', f'metainfo: {error}', where)
        return None
    found = Report()
    check_skeleton(raw, str(metainfo.get('from_file') or raw.get('dataset_name', 'metainfo')), where, found)
    report.extend(found)
    return None if found.count('error') else parse_pose_metainfo(raw)
