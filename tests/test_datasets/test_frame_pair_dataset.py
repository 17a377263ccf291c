import contextlib
import copy
import pickle
import random
from itertools import islice

import numpy as np
import pytest
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS as ROOT_DATASETS
from torch.utils.data import DataLoader

from kpgan_mm.datasets import DrawSampler, FramePairDataset, PuppetPosePrior
from kpgan_mm.datasets.frame_pair_dataset import DrawDataset
from kpgan_mm.datasets.metainfo.mouse_bottom import dataset_info as mouse
from kpgan_mm.datasets.metainfo.puppets import dataset_info as puppets

SOURCE = dict(type='kpgan_mm.PuppetFrames', num_videos=3, num_frames=6, image_size=32)
PRIOR = dict(type='kpgan_mm.PuppetPosePrior', num_poses=20, image_size=32)
PIPELINE = [
    dict(type='kpgan_mm.LoadFramePair'),
    dict(type='mmpose.GetBBoxCenterScale', padding=1.0),
    dict(type='mmpose.RandomFlip', direction='horizontal', prob=0.5),
    dict(type='mmpose.TopdownAffine', input_size=(32, 32)),
    dict(type='kpgan_mm.PackPairInputs'),
]


def build(**options):
    config = dict(type='kpgan_mm.FramePairDataset', source=SOURCE, prior=PRIOR, metainfo=puppets, pipeline=PIPELINE)
    return ROOT_DATASETS.build(copy.deepcopy(config | options))


def same(first, second):
    return np.array_equal(first['inputs'], second['inputs']) and np.array_equal(
        first['data_samples'].gt_instance_labels.prior_keypoints,
        second['data_samples'].gt_instance_labels.prior_keypoints,
    )


def test_sample_form_and_metainfo():
    dataset = build()
    sample = dataset[2**62 + 3]
    assert sample['inputs'].shape == sample['ref_inputs'].shape == (3, 32, 32)
    prior = sample['data_samples'].gt_instance_labels.prior_keypoints
    assert prior.shape == (1, 14, 2) and prior.abs().max() <= 1
    assert dataset.metainfo['flip_indices'] == [0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10]
    assert dataset.metainfo['num_keypoints'] == 14 and len(dataset) == 18


def test_an_index_means_one_sample_whatever_happened_before():
    dataset, other = build(), pickle.loads(pickle.dumps(build()))
    first = dataset[77]
    np.random.seed(1)
    dataset[78]
    assert same(first, dataset[77]) and same(first, other[77])
    assert not same(first, dataset[78])


def test_the_generators_are_seeded_where_transforms_may_use_them(monkeypatch):
    seeded = []
    monkeypatch.setattr(
        'kpgan_mm.datasets.frame_pair_dataset.drawing', lambda index: seeded.append(index) or contextlib.nullcontext()
    )
    build()[77]
    assert seeded == [77]
    dataset = build(pipeline=[step for step in PIPELINE if step['type'] != 'mmpose.RandomFlip'])
    np.random.seed(5)
    random.seed(5)
    dataset[78]
    assert seeded == [77]
    assert np.random.rand() == np.random.RandomState(5).rand() and random.random() == random.Random(5).random()


def test_workers_change_nothing():
    dataset = build()
    streams = []
    for workers in (0, 2):
        loader = DataLoader(
            dataset, batch_size=2, sampler=DrawSampler(dataset, seed=3), num_workers=workers, collate_fn=pseudo_collate
        )
        streams.append([np.stack(batch['inputs']) for batch in islice(loader, 3)])
    np.testing.assert_array_equal(*streams)


@pytest.mark.parametrize('order', ['earlier', 'random'])
@pytest.mark.parametrize('gap', [(0, 1000), (1, 2), (3, 3)])
def test_gaps_and_order(order, gap):
    dataset = build(frame_gap=gap, order=order, pipeline=[])
    draws = [dataset.get_data_info(index) for index in range(300)]
    gaps = np.array([draw['ref_frame_id'] - draw['frame_id'] for draw in draws])
    expected = set(range(gap[0], min(gap[1], 5) + 1))
    assert set(np.abs(gaps)) == expected
    assert (gaps < 0).any() == (order == 'random')
    assert len({draw['video_id'] for draw in draws}) == 3
    for draw in draws[:20]:
        video = next(v for v in dataset.videos if dataset.source.frames[v[0]]['video_id'] == draw['video_id'])
        assert draw['ref_img'] is dataset.source.frames[video[draw['ref_frame_id']]]['img']
        assert draw['ref_foreground'].shape == (32, 32)


def test_gap_law():
    # Six frames, any later frame: the start is uniform, and so is the end given the start.
    dataset = build(frame_gap=(0, 1000), pipeline=[])
    draws = [dataset.get_data_info(index) for index in range(3000)]
    starts = np.bincount([draw['frame_id'] for draw in draws], minlength=6) / 3000
    np.testing.assert_allclose(starts, 1 / 6, atol=0.03)
    ends = np.bincount([draw['ref_frame_id'] for draw in draws if draw['frame_id'] == 4], minlength=6)
    assert ends[:4].sum() == 0 and abs(ends[4] / ends.sum() - 0.5) < 0.1


def test_short_videos_are_left_out_and_boxes_united():
    dataset = build(frame_gap=(1, 1), pipeline=[])
    frames = dataset.source.frames
    for index, frame in enumerate(frames):
        frame['bbox'] = np.array([index, 1, index + 10, 20], dtype=np.float32)
    draw = dataset.get_data_info(5)
    start = draw['id']
    np.testing.assert_array_equal(draw['bbox'], [[start, 1, start + 11, 20]])
    with pytest.raises(ValueError, match='frames 6 apart, but the longest video has 6'):
        build(frame_gap=(6, 9))


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(frame_gap=(3, 2)), 'frame_gap is'),
        (dict(order='later'), "order is 'earlier' or 'random'"),
        (dict(metainfo=mouse), 'have 14 joints, but metainfo "mouse_bottom" has 7'),
        (dict(metainfo=None), 'needs the metainfo'),
    ],
)
def test_bad_options(options, words):
    with pytest.raises(ValueError, match=words):
        build(**options)


def test_pipelines_must_return_something():
    dataset = build(pipeline=[lambda results: None])
    with pytest.raises(ValueError, match='returned nothing for draw 4'):
        dataset[4]


def test_no_subsets():
    with pytest.raises(NotImplementedError, match='FramePairDataset draws at random'):
        build().get_subset([0])


def test_mirrored_pairs_stay_pairs():
    dataset = build(frame_gap=(0, 0))
    for index in range(6):
        sample = dataset[index]
        np.testing.assert_array_equal(sample['inputs'], sample['ref_inputs'])


def test_base_class_draws_nothing():
    class Nothing(DrawDataset):
        def load_data_list(self):
            return []

    with pytest.raises(NotImplementedError):
        Nothing(metainfo=puppets)[0]
    assert issubclass(FramePairDataset, DrawDataset) and PuppetPosePrior(2).num_keypoints == 14
