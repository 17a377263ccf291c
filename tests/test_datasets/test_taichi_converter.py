"""The labels of Tai-Chi: a pickled table, with a stand-in for pandas, which is needed for the conversion only."""

import pickle
import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope

from kpgan_mm.registry import DATASETS
from kpgan_mm.utils.config import load_config
from tests.toys import ROOT, load_tool

converter = load_tool('dataset_converters/taichi_to_coco')


class DataFrame:
    """What the converter uses of pandas's table."""

    __module__ = 'pandas.core.frame'

    def __init__(self, file_name, value):
        self.file_name, self.value = file_name, value


@pytest.fixture
def pandas(monkeypatch):
    for name in ('pandas', 'pandas.core', 'pandas.core.frame', 'pandas.compat', 'pandas.compat.pickle_compat'):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules['pandas.core.frame'].DataFrame = DataFrame
    sys.modules['pandas.compat'].pickle_compat = sys.modules['pandas.compat.pickle_compat']
    sys.modules['pandas.compat.pickle_compat'].Unpickler = pickle.Unpickler


@pytest.fixture
def taichi(tmp_path, pandas) -> Path:
    """Two frames to fit on, one to test, and a clip of two frames to train on."""
    rng = np.random.default_rng(0)
    folders = {
        'eval_images/taichi-256/train': ['a.png', 'b.png'],
        'eval_images/taichi-256/test': ['c.png'],
        'train/clip1.mp4': ['0000000.png', '0000001.png'],
        'landmark': [],
    }
    for folder, names in folders.items():
        (tmp_path / folder).mkdir(parents=True)
        for name in names:
            cv2.imwrite(str(tmp_path / folder / name), rng.integers(0, 256, (256, 256, 3), dtype=np.uint8))
    for part, names in (('train', ['a.png', 'b.png']), ('test', ['c.png'])):
        values = [np.stack([np.arange(18) + 100, np.arange(18) + 50], axis=1) for _ in names]
        values[0][3] = -1
        write(tmp_path, part, DataFrame(names, values))
    return tmp_path


def write(root: Path, part: str, table) -> None:
    (root / 'landmark' / f'taichi_{part}_gt.pkl').write_bytes(pickle.dumps(table))


def test_the_configuration_reads_what_is_converted(taichi, capsys):
    converter.main([str(taichi)])
    assert capsys.readouterr().out == 'wrote 2 pictures to fit.json, 1 pictures to test.json\n'
    init_default_scope('mmpose')
    cfg = load_config(ROOT / 'configs' / 'autolink_taichi.py', {'data_root': str(taichi)})
    train = DATASETS.build(cfg.train_dataloader.dataset)
    assert len(train.source) == 2 and train[5]['inputs'].shape == (3, 128, 128)
    fit, test = (DATASETS.build(loader.dataset) for loader in (cfg.test_cfg.fit_dataloader, cfg.test_dataloader))
    assert (len(fit), len(test)) == (2, 1)
    sample = test[0]['data_samples'].gt_instances
    assert sample.keypoints[0, 17].tolist() == [117, 67]
    # A missing point is hidden, and does not count.
    assert np.asarray(sample.keypoints_visible)[0].tolist() == [1] * 3 + [0] + [1] * 14
    assert cfg.test_evaluator[0].protocol == 'autolink_taichi'


def test_bad_input(taichi, monkeypatch):
    def refused(words):
        with pytest.raises(SystemExit, match=words):
            converter.main([str(taichi)])

    write(taichi, 'train', DataFrame(['a.png'], [np.zeros((17, 2))]))
    refused(r'a.png has points of shape \(17, 2\), expected \(18, 2\)')
    write(taichi, 'train', print)
    refused('cannot be read as a table .*: it asks for builtins.print')
    write(taichi, 'train', DataFrame(['missing.png'], [np.zeros((18, 2))]))
    refused('missing.png does not exist')
    monkeypatch.setitem(sys.modules, 'pandas.compat', None)
    refused('which is not installed: pip install pandas')
    (taichi / 'landmark' / 'taichi_train_gt.pkl').unlink()
    refused('taichi_train_gt.pkl is missing')
