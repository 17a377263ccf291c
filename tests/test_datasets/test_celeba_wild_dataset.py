import json

import numpy as np
import pytest

from kpgan_mm.datasets import CelebAWildDataset
from kpgan_mm.datasets.coco_files import coco_sample, write_coco
from kpgan_mm.datasets.metainfo.celeba_5 import dataset_info

POINTS = np.array([[32.0, 64], [96, 64], [64, 80], [40, 100], [88, 100]])


def dataset(folder, photo_size, released):
    names = [info['name'] for info in dataset_info['keypoint_info'].values()]
    write_coco(folder / 'x.json', [coco_sample('1.png', (128, 128), POINTS, photo_size=photo_size)], 'face', names)
    source = dict(type='kpgan_mm.AnnotatedFrames', data_root=str(folder), ann_file='x.json')
    return CelebAWildDataset(source=source, metainfo=dataset_info, released_labels=released, test_mode=True)


@pytest.mark.parametrize(
    ('photo_size', 'released', 'factors'),
    [
        ((200, 400), False, (1, 1)),
        ((200, 400), True, (0.5, 2)),
        ((300, 100), True, (3, 1 / 3)),
        ((90, 90), True, (1, 1)),
    ],
)
def test_labels(tmp_path, photo_size, released, factors):
    sample = dataset(tmp_path, photo_size, released).get_data_info(0)
    np.testing.assert_allclose(sample['keypoints'], [POINTS * factors], rtol=1e-6)
    # The picture and its box are what they are.
    assert sample['bbox'].tolist() == [[0, 0, 128, 128]]


def test_the_size_of_the_photo_must_be_known(tmp_path):
    assert len(dataset(tmp_path, None, False)) == 1
    with pytest.raises(ValueError, match='x.json has images without photo_size: make it with celeba_wild_to_coco.py'):
        dataset(tmp_path, None, True)
    assert 'photo_size' not in json.loads((tmp_path / 'x.json').read_text())['images'][0]
