from pathlib import Path

import numpy as np
import pytest

from kpgan_mm.datasets import DatasetFrames, FramePairDataset
from kpgan_mm.datasets.metainfo.face_68 import dataset_info
from kpgan_mm.datasets.metainfo.puppets import dataset_info as puppets_info
from tests.faces import face, write_face, write_pts
from tests.toys import load_tool


@pytest.fixture
def faces(tmp_path):
    """Config of a data set of four faces."""
    for seed in range(4):
        write_face(tmp_path / 'images', f'{seed}.png', seed)
    load_tool('dataset_converters/w300_to_coco').main([str(tmp_path / 'images'), '--out', str(tmp_path)])
    return dict(
        type='mmpose.Face300WDataset',
        ann_file=str(tmp_path / 'face_landmarks_300w_train.json'),
        data_prefix=dict(img=str(tmp_path / 'images')),
        metainfo=dataset_info,
    )


def test_labels_stay_behind(faces):
    source = DatasetFrames(faces)
    assert len(source) == 4 and source.videos() == [[0], [1], [2], [3]]
    assert set(source.frames[0]) == {'img_path', 'video_id', 'frame_id', 'bbox'}


def test_pairs_of_single_pictures_differ_by_a_warp(faces, tmp_path):
    write_pts(tmp_path / 'prior' / '0.pts', face(9))
    dataset = FramePairDataset(
        source=dict(type='kpgan_mm.DatasetFrames', dataset=faces),
        prior=dict(type='kpgan_mm.PtsPosePrior', paths=str(tmp_path / 'prior')),
        metainfo=dataset_info,
        frame_gap=(0, 0),
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='mmpose.GetBBoxCenterScale', padding=1.25),
            dict(type='mmpose.TopdownAffine', input_size=(32, 32)),
            dict(type='kpgan_mm.RandomThinPlateSplinePair', target=True, reference=True),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    )
    sample = dataset[5]
    difference = (sample['inputs'].float() - sample['ref_inputs'].float()).abs().mean()
    assert sample['inputs'].shape == sample['ref_inputs'].shape == (3, 32, 32) and difference > 1
    again = dataset[5]
    assert (again['inputs'] == sample['inputs']).all() and (again['ref_inputs'] == sample['ref_inputs']).all()
    assert sample['data_samples'].gt_instance_labels.prior_keypoints.shape == (1, 68, 2)
    seen = {dataset.get_data_info(index)['img_path'] for index in range(40)}
    assert len(seen) == 4
    assert np.isfinite(dataset.get_data_info(0)['bbox']).all()


def test_pictures_in_memory_are_taken_along():
    puppets = dict(type='kpgan_mm.PuppetDataset', num_videos=1, num_frames=3, image_size=32, metainfo=puppets_info)
    source = DatasetFrames(puppets)
    assert len(source.videos()) == 3 and source.frames[2]['img'].shape == (32, 32, 3)


def test_an_empty_set_is_refused(faces):
    Path(faces['ann_file']).write_text('{"images": [], "annotations": [], "categories": []}')
    with pytest.raises(ValueError, match='no frames found in mmpose.Face300WDataset .*train.json'):
        DatasetFrames(faces | dict(serialize_data=False))
