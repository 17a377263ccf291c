import json

import numpy as np
import pytest

from kpgan_mm.datasets import AnnotatedFrames
from kpgan_mm.datasets.coco_files import coco_sample, write_coco

NAMES = ['head', 'tail']


def test_round_trip(tmp_path):
    file = tmp_path / 'cats.json'
    points = np.array([[1.25, 2.0], [30.0, 4.0]])
    samples = [coco_sample('a/1.png', (40, 20), points, np.array([True, False])), coco_sample('b/2.png', (8, 8))]
    assert write_coco(file, samples, 'cat', NAMES) == 2
    frames = AnnotatedFrames(str(file), data_prefix=dict(img='pictures')).frames
    assert [frame['img_path'] for frame in frames] == ['pictures/a/1.png', 'pictures/b/2.png']
    assert frames[0]['bbox'].tolist() == [0, 0, 40, 20]
    # Hidden ones are nowhere.
    assert frames[0]['keypoints'].tolist() == [[1.25, 2.0], [0.0, 0.0]]
    assert frames[0]['keypoints_visible'].tolist() == [1, 0]
    assert 'keypoints' not in frames[1]
    content = json.loads(file.read_text())
    assert content['annotations'][0]['num_keypoints'] == 1
    assert content['categories'] == [dict(id=1, name='cat', keypoints=NAMES)]


def test_errors(tmp_path):
    with pytest.raises(ValueError, match='there is no picture to write into'):
        write_coco(tmp_path / 'x.json', [], 'cat', NAMES)
    with pytest.raises(ValueError, match=r'1.png has keypoints of shape \(3, 2\), expected \(2, 2\)'):
        write_coco(tmp_path / 'x.json', [coco_sample('1.png', (8, 8), np.zeros((3, 2)))], 'cat', NAMES)
