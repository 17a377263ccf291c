import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope

from kpgan_mm.registry import DATASETS
from kpgan_mm.utils.config import load_config
from tests.toys import ROOT, load_tool

converter = load_tool('dataset_converters/celeba_to_coco')

# In the order of the landmark file; of MAFL's ten training pictures the last is held out.
NAMES = [f'{number:06d}.jpg' for number in range(1, 21)]
MAFL_TRAINING, MAFL_TESTING = NAMES[:10], NAMES[12:14]
PARTITION = [0] * 16 + [1] * 2 + [2] * 2


def landmarks(number: int) -> list[int]:
    return [60 + number, 110, 110, 111, 85, 135, 68, 150, 105 + number, 151]


@pytest.fixture
def celeba(tmp_path) -> Path:
    """Twenty faces in the layout of the downloads."""
    root = tmp_path / 'celeba'
    for folder in ('Img/img_align_celeba', 'Anno', 'Eval', 'MAFL'):
        (root / folder).mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in NAMES:
        image = cv2.resize(rng.integers(0, 256, (10, 8, 3), dtype=np.uint8), (178, 218))
        cv2.imwrite(str(root / 'Img' / 'img_align_celeba' / name), image)
    header = 'lefteye_x lefteye_y righteye_x righteye_y nose_x nose_y leftmouth_x leftmouth_y rightmouth_x rightmouth_y'
    rows = ['  '.join([name, *map(str, landmarks(number))]) for number, name in enumerate(NAMES)]
    (root / converter.LANDMARKS).write_text('\n'.join(['20', header, *rows]) + '\n')
    partition = [f'{name} {part}' for name, part in zip(NAMES, PARTITION, strict=True)]
    (root / converter.PARTITION).write_text('\n'.join(partition) + '\n')
    (root / 'MAFL' / 'training.txt').write_text('\n'.join(reversed(MAFL_TRAINING)))
    (root / 'MAFL' / 'testing.txt').write_text('\n'.join(MAFL_TESTING))
    return root


def content(path: Path) -> tuple[list[str], list[dict]]:
    loaded = json.loads(path.read_text())
    return [image['file_name'] for image in loaded['images']], loaded['annotations']


def test_conversion(celeba, capsys):
    converter.main([str(celeba)])
    assert '13 pictures to celeba_train.json, 9 pictures to mafl_train.json' in capsys.readouterr().out
    parts = {
        part: content(celeba / f'{part}.json')[0] for part in ('celeba_train', 'mafl_train', 'mafl_val', 'mafl_test')
    }
    assert parts['mafl_train'] == NAMES[:9] and parts['mafl_val'] == [NAMES[9]] and parts['mafl_test'] == MAFL_TESTING
    # CelebA's training part, but for what MAFL tests or is watched by.
    assert parts['celeba_train'] == [name for name in NAMES[:16] if name not in (NAMES[9], *MAFL_TESTING)]
    names, annotations = content(celeba / 'mafl_test.json')
    number = NAMES.index(names[0])
    assert np.reshape(annotations[0]['keypoints'], (5, 3))[:, :2].ravel().tolist() == landmarks(number)
    assert annotations[0]['bbox'] == [0, 0, 178, 218]


def test_the_configuration_reads_it_and_crops_as_released(celeba, tmp_path):
    converter.main([str(celeba)])
    cfg = load_config(ROOT / 'configs' / 'imm_celeba.py', {'data_root': str(celeba)})
    init_default_scope('mmpose')
    train = DATASETS.build(cfg.train_dataloader.dataset)
    sample = train[7]
    assert sample['inputs'].shape == sample['ref_inputs'].shape == (3, 128, 128)
    assert not (sample['inputs'] == sample['ref_inputs']).all()
    assert 'prior_keypoints' not in sample['data_samples'].gt_instance_labels
    assert train.metainfo['num_keypoints'] == 10
    for loader, number in ((cfg.test_dataloader, 2), (cfg.test_cfg.fit_dataloader, 9), (cfg.val_dataloader, 1)):
        dataset = DATASETS.build(loader.dataset)
        assert len(dataset) == number and dataset.metainfo['num_keypoints'] == 5
    sample = DATASETS.build(cfg.test_dataloader.dataset)[0]
    # To 160 x 160, then the central 128 x 128: x from 17.8 to 160.2, y from 21.8 to 196.2.
    scale = sample['data_samples'].metainfo['input_scale']
    assert scale == pytest.approx([0.8 * 178, 0.8 * 218], abs=1e-3)
    picture = cv2.imread(str(celeba / 'Img' / 'img_align_celeba' / MAFL_TESTING[0]))
    expected = cv2.resize(picture, (160, 160), interpolation=cv2.INTER_LINEAR)[16:144, 16:144]
    difference = np.abs(sample['inputs'].numpy().transpose(1, 2, 0).astype(float) - expected)
    # But for half a pixel, by which conventions of resizing differ.
    assert difference.mean() < 6


def test_the_lists_are_checked(celeba):
    def refused(words):
        with pytest.raises(SystemExit, match=words):
            converter.main([str(celeba)])

    original = (celeba / converter.LANDMARKS).read_text()
    (celeba / converter.LANDMARKS).write_text(original.replace('20\n', '21\n', 1))
    refused("announces '21' pictures and lists 20: it is not complete")
    (celeba / converter.LANDMARKS).write_text(original.replace('  110', '', 1))
    refused('line 3 is no file name and 10 whole numbers')
    (celeba / converter.LANDMARKS).write_text(original)
    (celeba / 'MAFL' / 'testing.txt').write_text('999999.jpg\n')
    refused('MAFL/testing.txt names 999999.jpg, which Anno/list_landmarks_align_celeba.txt does not have')
    (celeba / 'MAFL' / 'testing.txt').write_text('')
    refused('has no picture for mafl_test')
    (celeba / 'MAFL' / 'testing.txt').write_text(MAFL_TESTING[0])
    (celeba / converter.PARTITION).write_text('000001.jpg,0\n')
    refused('should hold lines such as "000001.jpg 0"')
    (celeba / converter.PARTITION).write_text('000001.jpg 0\n')
    picture = celeba / 'Img' / 'img_align_celeba' / NAMES[0]
    picture.write_bytes(b'')
    refused('000001.jpg is damaged')
    picture.unlink()
    refused('000001.jpg is missing: unpack img_align_celeba.zip')
    (celeba / converter.LANDMARKS).unlink()
    refused('list_landmarks_align_celeba.txt is missing')


def test_help(capsys):
    with pytest.raises(SystemExit, match='0'):
        converter.main(['--help'])
    assert 'mafl_test.json' in capsys.readouterr().out
