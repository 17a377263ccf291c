import copy

import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from kpgan_mm.geometry import Skeleton

METAINFO = dict(
    dataset_name='three',
    keypoint_info={
        0: dict(name='nose', id=0, color=[0, 0, 0], type='upper', swap=''),
        1: dict(name='left', id=1, color=[0, 0, 0], type='lower', swap='right'),
        2: dict(name='right', id=2, color=[0, 0, 0], type='lower', swap='left'),
    },
    skeleton_info={
        0: dict(link=('nose', 'left'), id=0, color=[0, 0, 0]),
        1: dict(link=('nose', 'right'), id=1, color=[0, 0, 0]),
    },
    joint_weights=[1.0] * 3,
    sigmas=[0.05] * 3,
)


def test_raw_and_parsed_metainfo_agree():
    raw = Skeleton.from_metainfo(METAINFO)
    assert raw == Skeleton(('nose', 'left', 'right'), ((0, 1), (0, 2)), (0, 2, 1))
    assert Skeleton.from_metainfo(parse_pose_metainfo(METAINFO)) == raw
    assert raw.num_keypoints == 3


def test_rendered_links_replace_those_for_people():
    skeleton = Skeleton.from_metainfo(dict(METAINFO, rendered_links=[('nose', ['left', 'right'])]))
    assert skeleton.links == ((0, (1, 2)),)


def test_order_of_entries_does_not_matter():
    shuffled = dict(METAINFO, keypoint_info={k: METAINFO['keypoint_info'][k] for k in (2, 0, 1)})
    assert Skeleton.from_metainfo(shuffled) == Skeleton.from_metainfo(METAINFO)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda m: m['skeleton_info'][0].update(link=('nose', 'tail')), '"tail", which is not in keypoint_info'),
        (lambda m: m['keypoint_info'][1].update(swap='nose'), 'not the other way round'),
        (lambda m: m['skeleton_info'].clear(), 'links no joints'),
        (lambda m: m.pop('keypoint_info'), 'give the dataset_info of a metainfo file'),
    ],
)
def test_refuses(change, message):
    metainfo = copy.deepcopy(METAINFO)
    change(metainfo)
    with pytest.raises(ValueError, match=message):
        Skeleton.from_metainfo(metainfo)
