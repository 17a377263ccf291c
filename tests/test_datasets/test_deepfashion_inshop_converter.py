"""DeepFashion In-shop with joints, in the layout that AutoLink's code reads."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope

from kpgan_mm.registry import DATASETS
from kpgan_mm.utils.config import load_config
from tests.toys import ROOT, load_tool

converter = load_tool('dataset_converters/deepfashion_inshop_to_coco')
JOINTS = np.stack([np.arange(17) + 100, np.arange(17) + 20], axis=1).tolist()


@pytest.fixture
def fashion(tmp_path) -> Path:
    for part, number in (('train', 2), ('test', 1)):
        names = [f'WOMEN/Dresses/id_{part}/0{index}_1_front.jpg' for index in range(number)]
        for name in names:
            (tmp_path / 'img' / name).parent.mkdir(parents=True, exist_ok=True)
            picture = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
            cv2.imwrite(str(tmp_path / 'img' / name), picture)
        rows = [f'{index},{name}' for index, name in enumerate(names)]
        (tmp_path / f'data_{part}.csv').write_text('\n'.join([',image', *rows]) + '\n')
        (tmp_path / f'data_{part}.json').write_text(json.dumps([dict(keypoints=JOINTS)] * number))
    return tmp_path


def test_the_configuration_reads_what_is_converted(fashion, capsys):
    converter.main([str(fashion)])
    assert capsys.readouterr().out == 'wrote 2 pictures to train.json, 1 pictures to test.json\n'
    init_default_scope('mmpose')
    cfg = load_config(ROOT / 'configs' / 'autolink_deepfashion.py', {'data_root': str(fashion)})
    train = DATASETS.build(cfg.train_dataloader.dataset)
    assert train[1]['inputs'].shape == (3, 128, 128) and train.metainfo['num_keypoints'] == 16
    fit, test = (DATASETS.build(loader.dataset) for loader in (cfg.test_cfg.fit_dataloader, cfg.test_dataloader))
    assert (len(fit), len(test)) == (2, 1)
    assert test[0]['data_samples'].gt_instances.keypoints[0].tolist() == JOINTS
    assert cfg.test_evaluator[0].protocol == 'autolink_deepfashion'


def test_bad_input(fashion):
    def refused(words):
        with pytest.raises(SystemExit, match=words):
            converter.main([str(fashion)])

    picture = next((fashion / 'img').rglob('00_1_front.jpg'))
    for wrong in (fashion / 'img').rglob('*.jpg'):
        cv2.imwrite(str(wrong), np.zeros((256, 170, 3), np.uint8))
    refused('has 170 x 256 pixels: take the 256 x 256 ones')
    picture.unlink()
    labels = fashion / 'data_train.json'
    labels.write_text(json.dumps([dict(keypoints=JOINTS[:16])] * 2))
    refused('has 16 joints and coco_17 has 17: write a metainfo')
    labels.write_text(json.dumps([dict(keypoints=JOINTS)]))
    refused(r'has joints of shape \(1, 17, 2\) for the 2 pictures')
    labels.write_text(json.dumps([dict(points=JOINTS)]))
    refused('is no list of')
    (fashion / 'data_train.csv').write_text('image\nWOMEN/x.jpg\n')
    refused('should have two columns or more')
    (fashion / 'data_train.csv').unlink()
    refused('data_train.csv is missing: docs/datasets/deepfashion.md')
