from importlib import import_module
from pathlib import Path

import mmpose
import pytest
from mmengine.config import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from kpgan_mm.datasets import metainfo
from kpgan_mm.datasets.puppets import KEYPOINT_NAMES
from kpgan_mm.geometry import Skeleton

# Parts of a face are drawn as outlines of their own.
SEPARATE_PARTS = dict(face_68=9)
NUM_KEYPOINTS = dict(
    cat_head=7,
    celeba_5=5,
    coco_17=17,
    cub_15=15,
    face_68=68,
    h36m=17,
    h36m_simple=32,
    mouse_bottom=7,
    mouse_top=7,
    mpi_inf_3dhp_17=17,
    mpi_inf_3dhp_28=28,
    penn_action=13,
    puppets=14,
    taichi_18=18,
)


def load(name):
    return import_module(f'kpgan_mm.datasets.metainfo.{name}').dataset_info


def test_every_file_is_tested():
    files = {path.stem for path in Path(metainfo.__file__).parent.glob('*.py')} - {'__init__'}
    assert files == set(NUM_KEYPOINTS)


@pytest.mark.parametrize('name', NUM_KEYPOINTS)
def test_mmpose_and_the_renderer_read_it(name):
    info, count = load(name), NUM_KEYPOINTS[name]
    parsed = parse_pose_metainfo(info)
    skeleton = Skeleton.from_metainfo(info)
    assert (
        parsed['num_keypoints'] == skeleton.num_keypoints == len(info['joint_weights']) == len(info['sigmas']) == count
    )
    assert tuple(parsed['flip_indices']) == skeleton.flip_indices
    assert all(skeleton.flip_indices[skeleton.flip_indices[k]] == k for k in range(count))
    # It also works as the base of a configuration file.
    file = Path(metainfo.__file__).parent / f'{name}.py'
    assert Config.fromfile(file).dataset_info.dataset_name == name


@pytest.mark.parametrize('name', NUM_KEYPOINTS)
def test_the_drawn_figure_is_connected(name):
    skeleton = Skeleton.from_metainfo(load(name))
    sets = [set(sum((list(e) if isinstance(e, tuple) else [e] for e in link), [])) for link in skeleton.links]
    parts = []
    while sets:
        part, sets = sets[0], sets[1:]
        while touching := [s for s in sets if s & part]:
            sets = [s for s in sets if not s & part]
            part = part.union(*touching)
        parts.append(part)
    drawn = 17 if name == 'h36m_simple' else NUM_KEYPOINTS[name]
    assert len(set().union(*parts)) == drawn
    assert len(parts) == SEPARATE_PARTS.get(name, 1)


@pytest.mark.parametrize('name', NUM_KEYPOINTS)
def test_links_are_symmetric(name):
    skeleton = Skeleton.from_metainfo(load(name))

    def mirrored(end):
        return (
            tuple(sorted(skeleton.flip_indices[k] for k in end))
            if isinstance(end, tuple)
            else skeleton.flip_indices[end]
        )

    def plain(end):
        return tuple(sorted(end)) if isinstance(end, tuple) else end

    links = {frozenset(plain(end) for end in link) for link in skeleton.links}
    assert {frozenset(mirrored(end) for end in link) for link in skeleton.links} == links


def test_puppets_are_in_the_order_of_the_generator():
    assert Skeleton.from_metainfo(load('puppets')).keypoint_names == KEYPOINT_NAMES


@pytest.mark.parametrize(('name', 'theirs'), [('h36m', 'h36m'), ('mpi_inf_3dhp_17', 'mpi_inf_3dhp')])
def test_the_order_is_that_of_mmpose(name, theirs):
    theirs = Config.fromfile(Path(mmpose.__file__).parent / f'.mim/configs/_base_/datasets/{theirs}.py').dataset_info
    ours = load(name)
    for k in range(17):
        for key in ('name', 'swap'):
            assert ours['keypoint_info'][k][key] == theirs.keypoint_info[k][key]


def test_simple_h36m_draws_the_released_links():
    links = {frozenset(link) for link in Skeleton.from_metainfo(load('h36m_simple')).links}
    released = '1-11 2-1 3-2 5-3 6-11 7-6 8-7 10-8 13-11 15-13 17-13 18-17 19-18 25-13 26-25 27-26'
    assert links == {frozenset(map(int, link.split('-'))) for link in released.split()}


def test_mouse_paws_hang_where_the_legs_are():
    """The front ones two thirds of the way from the tail's base to the nose, the hind ones on the tail's base."""
    info = load('mouse_bottom')
    names = [info['keypoint_info'][k]['name'] for k in range(7)]
    nose, tail = names.index('nose_bot'), names.index('tailBase_bot')
    hung = {names[start]: end for start, end in Skeleton.from_metainfo(info).links if names[start].startswith('paw')}
    assert hung['paw2LF_bot'] == hung['paw3RF_bot'] == (nose, nose, tail)
    assert hung['paw1LH_bot'] == hung['paw4RH_bot'] == tail


def test_the_joints_of_3dhp_that_human36m_has_too():
    from kpgan_mm.datasets.mpi_inf_3dhp_pose_prior import HUMAN36M_JOINTS

    names = {28: load('mpi_inf_3dhp_28'), 17: load('mpi_inf_3dhp_17')}
    names = {count: Skeleton.from_metainfo(info).keypoint_names for count, info in names.items()}
    same = dict(root='pelvis', thorax='neck', neck_base='head', head='head_top', left_foot='left_ankle')
    same |= dict(right_foot='right_ankle')
    for count, chosen in HUMAN36M_JOINTS.items():
        for index, name in zip(chosen, Skeleton.from_metainfo(load('h36m')).keypoint_names, strict=True):
            wanted = same.get(name, name)
            assert names[count][index] == ('root' if (count, wanted) == (17, 'pelvis') else wanted)
    # MMPose takes its 17 out of the 28: theirs are these numbers.
    of_28 = [7, 5, 14, 15, 16, 9, 10, 11, 23, 24, 25, 18, 19, 20, 4, 3, 6]
    assert [of_28[index] for index in HUMAN36M_JOINTS[17]] == list(HUMAN36M_JOINTS[28])
