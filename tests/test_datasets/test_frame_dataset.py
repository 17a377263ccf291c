import json

import cv2
import numpy as np
import pytest
from mmengine.registry import DATASETS as ROOT_DATASETS

from kpgan_mm.datasets import FrameDataset
from kpgan_mm.datasets.metainfo.puppets import dataset_info as puppets

SOURCE = dict(type='kpgan_mm.PuppetFrames', num_videos=2, num_frames=5, image_size=32)


def test_every_frame_with_its_foreground():
    pipeline = [
        dict(type='mmpose.LoadImage'),
        dict(type='kpgan_mm.MaskBackground'),
        dict(type='mmpose.GetBBoxCenterScale', padding=1.0),
        dict(type='mmpose.TopdownAffine', input_size=(32, 32)),
        dict(type='mmpose.PackPoseInputs', meta_keys=('id', 'foreground', 'input_size', 'input_center', 'input_scale')),
    ]
    dataset = ROOT_DATASETS.build(
        dict(type='kpgan_mm.FrameDataset', source=SOURCE, metainfo=puppets, pipeline=pipeline, test_mode=True)
    )
    assert len(dataset) == 10
    sample = dataset[7]
    foreground = sample['data_samples'].metainfo['foreground']
    image = dataset.get_data_info(7)['img'] * foreground[..., None]
    np.testing.assert_array_equal(sample['inputs'], image.transpose(2, 0, 1))
    assert 'keypoints' not in sample['data_samples'].gt_instances


def test_stride_and_indices():
    dataset = FrameDataset(source=SOURCE, metainfo=puppets, stride=2)
    assert [dataset.get_data_info(i)['frame_id'] for i in range(len(dataset))] == [0, 2, 4, 0, 2, 4]
    assert len(FrameDataset(source=SOURCE, metainfo=puppets, indices=3)) == 3


def test_size_of_files_is_found(tmp_path):
    cv2.imwrite(str(tmp_path / '1.png'), np.full((12, 20, 3), 9, dtype=np.uint8))
    info = FrameDataset(dict(type='kpgan_mm.FrameFolders', root=str(tmp_path)), metainfo=puppets).get_data_info(0)
    np.testing.assert_array_equal(info['bbox'], [[0, 0, 20, 12]])
    assert info['img'].shape == (12, 20, 3) and info['flip_indices'][2] == 5


def labelled(tmp_path, num_keypoints):
    content = dict(
        images=[dict(id=1, file_name='1.png', video_id='v', frame_id=0)],
        annotations=[dict(image_id=1, bbox=[0, 0, 8, 8], keypoints=[3, 4, 2] * num_keypoints, activity='walking')],
    )
    (tmp_path / 'frames.json').write_text(json.dumps(content))
    return dict(type='kpgan_mm.AnnotatedFrames', ann_file=str(tmp_path / 'frames.json'))


def test_labels_are_passed_on(tmp_path):
    info = FrameDataset(labelled(tmp_path, 14), metainfo=puppets).get_data_info(0)
    assert info['keypoints'].shape == (1, 14, 2) and info['keypoints_visible'].shape == (1, 14)
    np.testing.assert_array_equal(info['bbox'], [[0, 0, 8, 8]])
    assert info['activity'] == 'walking' and 'img' not in info


def test_labels_must_fit_the_metainfo(tmp_path):
    with pytest.raises(ValueError, match='13 joints at a frame, but metainfo "puppets" has 14'):
        FrameDataset(labelled(tmp_path, 13), metainfo=puppets)
    with pytest.raises(ValueError, match='needs the metainfo'):
        FrameDataset(SOURCE, metainfo=None)
