import pytest

from kpgan_mm.datasets import FramePairDataset, UnposedPairDataset

PUPPETS = dict(type='kpgan_mm.PuppetFrames', num_videos=2, num_frames=4, image_size=32)
PIPELINE = [dict(type='kpgan_mm.LoadFramePair'), dict(type='kpgan_mm.PackPairInputs')]


@pytest.fixture
def dataset() -> UnposedPairDataset:
    return UnposedPairDataset(
        source=PUPPETS, metainfo=dict(num_keypoints=3), frame_gap=(1, 2), order='random', pipeline=PIPELINE
    )


def test_pairs_and_no_pose(dataset):
    sample = dataset[2**61]
    assert sample['inputs'].shape == sample['ref_inputs'].shape == (3, 32, 32)
    assert 'prior_keypoints' not in sample['data_samples'].gt_instance_labels
    assert dataset.metainfo['keypoint_id2name'] == {0: 'keypoint_0', 1: 'keypoint_1', 2: 'keypoint_2'}


def test_the_pairs_are_those_of_the_set_with_poses(dataset):
    prior = dict(type='kpgan_mm.PuppetPosePrior', num_poses=5, image_size=32)
    posed = FramePairDataset(
        source=PUPPETS,
        prior=prior,
        metainfo=dict(from_file='puppets.py'),
        frame_gap=(1, 2),
        order='random',
        pipeline=PIPELINE,
    )
    for index in (0, 5, 99):
        assert (dataset[index]['inputs'] == posed[index]['inputs']).all()
        assert (dataset[index]['ref_inputs'] == posed[index]['ref_inputs']).all()
