import csv

import cv2
import numpy as np
import pytest
from mmengine.registry import DATASETS as ROOT_DATASETS

from kpgan_mm.datasets import DeepLabCutDataset
from kpgan_mm.datasets.deeplabcut_dataset import read_deeplabcut
from kpgan_mm.datasets.metainfo.mouse_bottom import dataset_info as mouse

NAMES = [info['name'] for info in mouse['keypoint_info'].values()]
CROP = (0, 198, 396, 208)


def build(table, **options):
    return DeepLabCutDataset(**(dict(ann_file=str(table), metainfo=mouse, crop=CROP) | options))


def test_halves_are_disjoint_and_complete(mouse_table):
    prior, test, whole = (build(mouse_table, split=split) for split in ('prior', 'test', None))
    with open(mouse_table) as handle:
        rows = list(csv.reader(handle))
    columns = [i for i, part in enumerate(rows[1]) if part in NAMES]
    complete = [all(row[i] for i in columns) for row in rows[3:]]
    paths = [[data.get_data_info(i)['img_path'] for i in range(len(data))] for data in (prior, test)]
    assert not set(paths[0]) & set(paths[1])
    assert len(prior) + len(test) == sum(complete) and len(prior) - len(test) in (0, 1)
    assert len(whole) == len(complete)
    hidden = [i for i in range(len(whole)) if (whole.get_data_info(i)['keypoints_visible'] == 0).any()]
    assert hidden == [i for i, done in enumerate(complete) if not done]


def test_crop_moves_keypoints(mouse_table):
    cut = build(mouse_table, split='test').get_data_info(0)
    full = build(mouse_table, split='test', crop=None).get_data_info(0)
    assert cut['img'].shape == (208, 396, 3)
    np.testing.assert_array_equal(cut['img'], full['img'][198:406])
    np.testing.assert_allclose(cut['keypoints'], full['keypoints'] - [0, 198], atol=1e-3)
    np.testing.assert_array_equal(cut['bbox'], [[0, 0, 396, 208]])


def test_points_come_in_the_order_of_the_metainfo(tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((20, 20, 3), dtype=np.uint8))
    table = tmp_path / 'table.csv'
    # Newer layout: the path in three columns.
    rows = ['scorer,,,me,me,me,me', 'bodyparts,,,b,b,a,a', 'coords,,,x,y,x,y', 'labeled-data,s,i.png,1,2,3,']
    table.write_text('\n'.join(rows))
    paths, keypoints = read_deeplabcut(str(table), ['a', 'b'])
    assert paths == ['labeled-data/s/i.png']
    np.testing.assert_array_equal(keypoints, [[[3, np.nan], [1, 2]]])
    with pytest.raises(ValueError, match='has no point c; it has b, a'):
        read_deeplabcut(str(table), ['a', 'c'])


def test_runs_through_mmpose(mouse_table):
    pipeline = [
        dict(type='mmpose.LoadImage'),
        dict(type='mmpose.GetBBoxCenterScale', padding=1.0),
        dict(type='mmpose.TopdownAffine', input_size=(64, 64)),
        dict(type='mmpose.PackPoseInputs'),
    ]
    config = dict(ann_file=str(mouse_table), metainfo=mouse, crop=CROP, split='test', pipeline=pipeline, indices=2)
    dataset = ROOT_DATASETS.build(dict(type='kpgan_mm.DeepLabCutDataset', test_mode=True, **config))
    assert len(dataset) == 2
    assert dataset[1]['inputs'].shape == (3, 64, 64)
    assert dataset[1]['data_samples'].gt_instances.keypoints.shape == (1, 7, 2)


def test_bad_tables(tmp_path, mouse_table):
    with pytest.raises(FileNotFoundError, match='DeepLabCut table'):
        build(tmp_path / 'none.csv')
    (tmp_path / 'other.csv').write_text('image,x,y\na.png,1,2\n')
    with pytest.raises(ValueError, match='three header rows'):
        build(tmp_path / 'other.csv')
    with pytest.raises(ValueError, match="split is None, 'prior' or 'test'"):
        build(mouse_table, split='val')
    with pytest.raises(ValueError, match='leaves the 396 x 406 picture'):
        build(mouse_table, crop=(0, 300, 396, 208))
    head = [['scorer'] + ['me'] * 14, ['bodyparts'] + [n for n in NAMES for _ in 'xy'], ['coords'] + ['x', 'y'] * 7]
    (tmp_path / 'empty.csv').write_text('\n'.join(','.join(row) for row in head))
    with pytest.raises(ValueError, match="no frame for split 'test'"):
        build(tmp_path / 'empty.csv', split='test')


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    table = tmp_path / 'table.csv'
    table.write_text('scorer,m,m,m,m\nbodyparts,a,a,a,a\ncoords,x,y,x,y\ni.png,1,2,3,4')
    with pytest.raises(ValueError, match='has two columns a x: leave one'):
        read_deeplabcut(str(table), ['a'])
