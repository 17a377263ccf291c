import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope

from kpgan_mm.datasets import DrawSampler
from kpgan_mm.registry import DATASETS

PIPELINE = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='RandomFlip', prob=0.5),
    dict(type='TopdownAffine', input_size=(32, 32)),
    dict(type='PackPoseInputs', meta_keys=('id', 'video_id', 'frame_id', 'input_size', 'flip')),
]


@pytest.fixture
def dataset():
    init_default_scope('mmpose')
    return DATASETS.build(
        dict(
            type='kpgan_mm.FrameDrawDataset',
            source=dict(type='kpgan_mm.PuppetFrames', num_videos=2, num_frames=3, image_size=32),
            metainfo=dict(num_keypoints=5),
            pipeline=PIPELINE,
        )
    )


def test_draws_every_frame_and_no_labels(dataset):
    assert len(dataset) == 6 and dataset.metainfo['num_keypoints'] == 5
    samples = [dataset[index] for index in range(60)]
    assert {sample['data_samples'].id for sample in samples} == set(range(6))
    for sample in samples:
        assert sample['inputs'].shape == (3, 32, 32) and 'keypoints' not in sample['data_samples'].gt_instances
        frame = dataset.source.frames[sample['data_samples'].id]
        assert sample['data_samples'].video_id == frame['video_id']
    plain = next(sample for sample in samples if not sample['data_samples'].get('flip'))
    expected = dataset.source.frames[plain['data_samples'].id]['img'].transpose(2, 0, 1)
    np.testing.assert_array_equal(plain['inputs'].numpy(), expected)


def test_a_draw_is_a_function_of_its_index(dataset):
    """Flips included, whatever the global generators are at."""
    first = [dataset[index]['inputs'] for index in range(20)]
    np.random.seed(9)
    assert all(torch.equal(dataset[index]['inputs'], image) for index, image in enumerate(first))


def test_the_sampler_skips_what_was_drawn_before(dataset):
    """As MMEngine's loop asks when a training is resumed."""
    draws = iter(DrawSampler(dataset, seed=1))
    expected = [next(draws) for _ in range(8)][6:]
    sampler = DrawSampler(dataset, seed=1)
    sampler.skip(6)
    resumed = iter(sampler)
    assert [next(resumed), next(resumed)] == expected


def test_boxes_of_the_source(tmp_path):
    import json

    import cv2

    image = np.zeros((40, 60, 3), np.uint8)
    image[10:30, 20:40] = 200
    cv2.imwrite(str(tmp_path / 'a.png'), image)
    content = dict(
        images=[dict(id=1, file_name='a.png', video_id='v', frame_id=0)],
        annotations=[dict(id=1, image_id=1, bbox=[20, 10, 20, 20], keypoints=[25, 15, 2])],
    )
    (tmp_path / 'frames.json').write_text(json.dumps(content))
    init_default_scope('mmpose')
    dataset = DATASETS.build(
        dict(
            type='kpgan_mm.FrameDrawDataset',
            source=dict(type='kpgan_mm.AnnotatedFrames', ann_file='frames.json', data_root=str(tmp_path)),
            metainfo=dict(num_keypoints=3),
            pipeline=[step for step in PIPELINE if step['type'] != 'RandomFlip'],
        )
    )
    assert dataset[0]['inputs'].float().mean() > 190
