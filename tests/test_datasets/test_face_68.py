from pathlib import Path

import mmpose
from mmengine.config import Config

from kpgan_mm.datasets.metainfo.face_68 import dataset_info
from kpgan_mm.geometry import Skeleton


def test_names_and_partners_are_those_of_mmpose():
    theirs = Config.fromfile(Path(mmpose.__file__).parent / '.mim/configs/_base_/datasets/300w.py').dataset_info
    assert len(dataset_info['keypoint_info']) == len(theirs.keypoint_info) == 68
    for k in range(68):
        for key in ('name', 'id', 'swap'):
            assert dataset_info['keypoint_info'][k][key] == theirs.keypoint_info[k][key]


def test_links_are_the_outlines():
    """Five open lines and four closed ones; every point is on exactly one of them."""
    links = Skeleton.from_metainfo(dataset_info).links
    degrees = [sum(k in link for link in links) for k in range(68)]
    ends = {0, 16, 17, 21, 22, 26, 27, 30, 31, 35}
    assert {k for k in range(68) if degrees[k] == 1} == ends
    assert all(degrees[k] == 2 for k in set(range(68)) - ends)
    closing = {(41, 36), (47, 42), (59, 48), (67, 60)}
    assert {link for link in links if link[1] != link[0] + 1} == closing
    assert len(links) == 16 + 4 + 4 + 3 + 4 + 6 + 6 + 12 + 8


def test_colours_tell_the_sides():
    colours = [tuple(dataset_info['keypoint_info'][k]['color']) for k in range(68)]
    flip = Skeleton.from_metainfo(dataset_info).flip_indices
    assert all((colours[k] == colours[flip[k]]) == (flip[k] == k) for k in range(68))
    assert colours[36] == colours[0] == colours[17] == colours[48] == (255, 128, 0)
