from importlib import import_module
from pathlib import Path

import mmpose
import pytest
from mmengine.config import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from kpgan_mm.datasets import metainfo
from kpgan_mm.datasets.puppets import KEYPOINT_NAMES
from kpgan_mm.geometry import Skeleton

NUM_KEYPOINTS = dict(puppets=14, mouse_bottom=7, h36m=17, h36m_simple=32)


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
    while len(sets) > 1:
        first, rest = sets[0], sets[1:]
        touching = [s for s in rest if s & first]
        assert touching
        sets = [first.union(*touching), *(s for s in rest if not s & first)]
    drawn = 17 if name == 'h36m_simple' else NUM_KEYPOINTS[name]
    assert len(sets[0]) == drawn


@pytest.mark.parametrize('name', NUM_KEYPOINTS)
def test_links_are_symmetric(name):
    skeleton = Skeleton.from_metainfo(load(name))

    def mirrored(end):
        return tuple(skeleton.flip_indices[k] for k in end) if isinstance(end, tuple) else skeleton.flip_indices[end]

    links = {frozenset(link) for link in skeleton.links}
    assert {frozenset(mirrored(end) for end in link) for link in skeleton.links} == links


def test_puppets_are_in_the_order_of_the_generator():
    assert Skeleton.from_metainfo(load('puppets')).keypoint_names == KEYPOINT_NAMES


def test_h36m_is_in_the_order_of_mmpose():
    theirs = Config.fromfile(Path(mmpose.__file__).parent / '.mim/configs/_base_/datasets/h36m.py').dataset_info
    ours = load('h36m')
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
