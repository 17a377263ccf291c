"""AutoLink's CelebA in the wild: photos of different shapes, in the layout of the downloads."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope

from kpgan_mm.datasets import AnnotatedFrames
from kpgan_mm.registry import DATASETS
from kpgan_mm.utils.config import load_config
from tests.toys import ROOT, load_tool

# A script finds its neighbours by itself.
sys.path.append(str(ROOT / 'tools' / 'dataset_converters'))
converter = load_tool('dataset_converters/celeba_wild_to_coco')

# File: (width, height) of the photo, width and height of the face.
PHOTOS = {
    '000001.jpg': ((400, 200), (200, 120)),  # 30 %
    '000002.jpg': ((400, 200), (199, 120)),  # less
    '000003.jpg': ((210, 300), (150, 200)),
    '000004.jpg': ((400, 200), (200, 200)),
    '000005.jpg': ((200, 200), (180, 180)),
    '000006.jpg': ((200, 200), (20, 20)),
}
PARTITION = '000001.jpg 0\n000002.jpg 0\n000003.jpg 0\n000004.jpg 0\n000005.jpg 2\n000006.jpg 2\n'
POINTS = [100, 50, 200, 50, 150, 100, 110, 150, 190, 150]


@pytest.fixture
def celeba(tmp_path) -> Path:
    root = tmp_path / 'celeba'
    for folder in ('Img/img_celeba', 'Anno', 'Eval', 'MAFL'):
        (root / folder).mkdir(parents=True)
    rows, boxes = [], []
    for name, ((width, height), face) in PHOTOS.items():
        photo = np.zeros((height, width, 3), np.uint8)
        photo[:, width // 2 :] = 255
        cv2.imwrite(str(root / converter.IMAGES / name), photo)
        rows.append(' '.join([name, *map(str, POINTS)]))
        boxes.append(f'{name}    10  10 {face[0]} {face[1]}')
    (root / converter.LANDMARKS).write_text('\n'.join(['6', 'lefteye_x lefteye_y ...', *rows]) + '\n')
    (root / converter.BOXES).write_text('\n'.join(['6', 'image_id x_1 y_1 width height', *boxes]) + '\n')
    (root / 'Eval' / 'list_eval_partition.txt').write_text(PARTITION)
    (root / 'MAFL' / 'training.txt').write_text('000003.jpg\n000002.jpg\n000001.jpg\n')
    (root / 'MAFL' / 'testing.txt').write_text('000004.jpg\n')
    return root


def labels(file: Path) -> dict[str, np.ndarray]:
    return {Path(frame['img_path']).name: frame.get('keypoints') for frame in AnnotatedFrames(str(file)).frames}


def test_faces_photos_and_labels(celeba, capsys):
    converter.main([str(celeba)])
    assert '2 of 3 photos to train, 2 of 3 photos to mafl_train, 1 of 1 photos to mafl_test' in capsys.readouterr().out
    out = celeba / 'wild'
    # Too small a face is left out, what MAFL tests is not trained on, CelebA's own test part neither.
    assert labels(out / 'train.json') == {'000001.png': None, '000003.png': None}
    fit, test = labels(out / 'mafl_train.json'), labels(out / 'mafl_test.json')
    assert set(fit) == {'000001.png', '000003.png'} and set(test) == {'000004.png'}
    picture = cv2.imread(str(out / 'pictures' / '000004.png'))
    assert picture.shape == (128, 128, 3) and picture[:, 10].max() == 0 and picture[:, 120].min() == 255
    assert not (out / 'pictures' / '000002.png').exists()
    points = np.reshape(POINTS, (5, 2))
    # Per axis, whatever the shape of the photo.
    np.testing.assert_allclose(test['000004.png'], points * [128 / 400, 128 / 200], atol=1e-3)
    np.testing.assert_allclose(fit['000003.png'], points * [128 / 210, 128 / 300], atol=1e-3)


def test_configurations_read_it(celeba):
    converter.main([str(celeba)])
    init_default_scope('mmpose')
    cfg = load_config(ROOT / 'configs' / 'autolink_celeba_wild_k4.py', {'data_root': str(celeba / 'wild')})
    train = DATASETS.build(cfg.train_dataloader.dataset)
    assert train[3]['inputs'].shape == (3, 128, 128) and train.metainfo['num_keypoints'] == 4
    assert len({train[index]['inputs'].numpy().tobytes() for index in range(12)}) > 2  # mirrored too
    points, found = np.reshape(POINTS, (5, 2)), {}
    for name in ('autolink_celeba_wild_k4', 'autolink_celeba_wild_k4_released_labels'):
        cfg = load_config(ROOT / 'configs' / f'{name}.py', {'data_root': str(celeba / 'wild')})
        fit, test = (DATASETS.build(loader.dataset) for loader in (cfg.test_cfg.fit_dataloader, cfg.test_dataloader))
        assert (len(fit), len(test), test.metainfo['num_keypoints']) == (2, 1, 5)
        found[name] = [one['data_samples'].gt_instances.keypoints[0] for one in (test[0], fit[1])]
    right, exchanged = found.values()
    np.testing.assert_allclose(right[0], points * [128 / 400, 128 / 200], atol=1e-3)
    np.testing.assert_allclose(right[1], points * [128 / 210, 128 / 300], atol=1e-3)
    # What the release makes of (width, height): labels outside the picture, here and there.
    np.testing.assert_allclose(exchanged[0], points * [128 / 200, 128 / 400], atol=1e-3)
    np.testing.assert_allclose(exchanged[1], points * [128 / 300, 128 / 210], atol=1e-3)


def test_bad_input(celeba):
    def refused(words):
        with pytest.raises(SystemExit, match=words):
            converter.main([str(celeba)])

    (celeba / converter.IMAGES / '000003.jpg').write_bytes(b'no picture')
    refused('photo .*000003.jpg is damaged: unpack img_celeba.7z again')
    (celeba / converter.IMAGES / '000003.jpg').unlink()
    refused('photo .*000003.jpg is missing')
    original = (celeba / converter.BOXES).read_text()
    (celeba / converter.BOXES).write_text(original.replace('000004.jpg', '000007.jpg'))
    refused('the lists of parts name 000004.jpg, which .*list_bbox_celeba.txt does not have')
    (celeba / converter.BOXES).write_text(original.replace(' 10 200 120', ' 10 200', 1))
    refused('line 3 is no file name and 4 whole numbers')
    (celeba / converter.BOXES).write_text(original)
    (celeba / 'Eval' / 'list_eval_partition.txt').write_text('000001.jpg,0\n')
    refused('should hold lines such as "000001.jpg 0"')
    (celeba / 'MAFL' / 'testing.txt').unlink()
    refused('testing.txt is missing')
