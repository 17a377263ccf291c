from itertools import islice

from kpgan_mm.datasets import samplers
from kpgan_mm.datasets.samplers import DrawSampler, draw_index
from kpgan_mm.registry import DATA_SAMPLERS


def test_endless_and_the_same_for_the_same_seed():
    sampler = DATA_SAMPLERS.build(dict(type='DrawSampler', dataset=[0] * 5, seed=1))
    first = list(islice(sampler, 20))
    assert first == list(islice(sampler, 20))
    assert len(set(first)) == 20 and all(0 <= index < 2**63 for index in first)
    assert max(first) > 2**60
    assert list(islice(DrawSampler([0], seed=2), 20)) != first
    assert len(sampler) == 5
    sampler.set_epoch(3)


def test_start_skips():
    sampler = DrawSampler([0], seed=1)
    first = list(islice(sampler, 20))
    sampler.start = 12
    assert list(islice(sampler, 8)) == first[12:]


def test_ranks_share_one_stream(monkeypatch):
    streams = []
    for rank in range(2):
        monkeypatch.setattr(samplers, 'get_dist_info', lambda rank=rank: (rank, 2))
        streams.append(list(islice(DrawSampler([0], seed=7), 3)))
    assert [index for pair in zip(*streams, strict=True) for index in pair] == [draw_index(7, n) for n in range(6)]


def test_a_seed_is_found_if_none_is_given():
    assert isinstance(DrawSampler([0]).seed, int)
