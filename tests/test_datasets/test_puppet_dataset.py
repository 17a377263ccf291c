import numpy as np
import pytest
from mmengine.registry import DATASETS as ROOT_DATASETS

from kpgan_mm.datasets import PuppetDataset, PuppetFrames


def test_samples_run_through_mmpose_and_labels_agree():
    pipeline = [
        dict(type='mmpose.LoadImage'),
        dict(type='mmpose.GetBBoxCenterScale', padding=1.0),
        dict(type='mmpose.TopdownAffine', input_size=(64, 64)),
        dict(type='mmpose.PackPoseInputs', meta_keys=('id', 'video_id', 'input_size', 'input_center', 'input_scale')),
    ]
    dataset = ROOT_DATASETS.build(
        dict(type='kpgan_mm.PuppetDataset', num_videos=2, num_frames=3, pipeline=pipeline, test_mode=True)
    )
    assert len(dataset) == 6
    sample = dataset[4]
    info = dataset.get_data_info(4)
    # The crop of the whole picture to its own size is the identity.
    np.testing.assert_array_equal(sample['inputs'], info['img'].transpose(2, 0, 1))
    instances = sample['data_samples'].gt_instances
    assert instances.keypoints.shape == (1, 14, 2) and (instances.keypoints_visible == 1).all()
    assert sample['data_samples'].metainfo['video_id'] == 'test_0_00001'
    assert info['occluded'].shape == (1, 14) and info['id'] == 4


def test_train_split_holds_the_videos_that_are_trained_on_without_labels():
    dataset = PuppetDataset(split='train', num_videos=2, num_frames=2, seed=1, image_size=32)
    frames = PuppetFrames(num_videos=2, num_frames=2, seed=1, image_size=32).frames
    for index in range(4):
        np.testing.assert_array_equal(dataset.get_data_info(index)['img'], frames[index]['img'])
        assert dataset.get_data_info(index)['video_id'] == frames[index]['video_id']


def test_trains_a_stock_pipeline():
    pipeline = [
        dict(type='mmpose.LoadImage'),
        dict(type='mmpose.GetBBoxCenterScale'),
        dict(type='mmpose.RandomFlip', direction='horizontal'),
        dict(type='mmpose.TopdownAffine', input_size=(64, 64)),
        dict(type='mmpose.GenerateTarget', encoder=dict(type='RegressionLabel', input_size=(64, 64))),
        dict(type='mmpose.PackPoseInputs'),
    ]
    sample = PuppetDataset(num_videos=1, num_frames=2, pipeline=pipeline)[1]
    assert sample['data_samples'].gt_instance_labels.keypoint_labels.shape == (1, 14, 2)


def test_unknown_split():
    with pytest.raises(ValueError, match='unknown split'):
        PuppetDataset(split='validation')
