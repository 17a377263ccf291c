import pytest

from kpgan_mm.datasets.metainfo.h36m_simple import dataset_info
from kpgan_mm.evaluation import PROTOCOLS, find_protocol
from kpgan_mm.evaluation.protocols import SCORES
from kpgan_mm.evaluation.units import UNITS


def test_the_table_is_consistent():
    assert {'keypointgan_regression', 'imm', 'lmdis', 'bkind', 'autolink'} <= set(PROTOCOLS)
    for name, protocol in PROTOCOLS.items():
        assert protocol.name == name and ' et al. 20' in protocol.source
        assert protocol.unit in UNITS and protocol.score in SCORES
        assert protocol.origin in ('corner', 'centre')
        assert protocol.fit_sides in (None, 'facing', 'alternating')


def test_unknown_protocol():
    with pytest.raises(ValueError, match="no regression protocol 'mpjpe': use one of keypointgan_regression, imm"):
        find_protocol('mpjpe')


def test_exchanged_pairs():
    info = dataset_info['keypoint_info']
    ids = {joint['name']: joint['id'] for joint in info.values()}
    of_metainfo = [ids.get(info[joint]['swap'], joint) for joint in range(32)]
    corrected = find_protocol('autolink').flip_indices(of_metainfo)
    assert corrected == of_metainfo and [corrected[joint] for joint in corrected] == list(range(32))
    released = find_protocol('autolink_released').flip_indices(of_metainfo)
    # (20, 28) first and (21, 28) then: 28 takes the label of 21, both 20 and 21 take that of 28
    assert (released[20], released[21], released[28], released[29]) == (28, 28, 21, 29)
    assert (released[16], released[24]) == (16, 24)
    different = [joint for joint in range(32) if released[joint] != corrected[joint]]
    assert different == [16, 21, 24, 28, 29]


def test_the_released_pairs_need_32_joints():
    with pytest.raises(ValueError, match='autolink_released exchanges joints of the 32 of Human3.6M, got 14'):
        find_protocol('autolink_released').flip_indices(list(range(14)))
