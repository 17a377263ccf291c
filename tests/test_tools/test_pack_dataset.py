import cv2
import numpy as np
import pytest

from kpgan_mm.utils.config import ConfigError, load_config
from tests.toys import METAINFO, load_tool


@pytest.fixture
def config(tmp_path):
    """A configuration of two folders of frames, and its folder."""
    rng = np.random.default_rng(0)
    for video in 'ab':
        (tmp_path / 'frames' / video).mkdir(parents=True)
        for number in range(3):
            image = rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)
            cv2.imwrite(str(tmp_path / 'frames' / video / f'{number}.png'), image)
    train = dict(
        type='kpgan_mm.UnposedPairDataset',
        source=dict(type='kpgan_mm.FrameFolders', root='data/frames'),
        metainfo=METAINFO,
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size=(32, 32)),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    )
    content = dict(default_scope='mmpose', data_root='data', train_dataloader=dict(dataset=train))
    (tmp_path / 'config.py').write_text('\n'.join(f'{key} = {value!r}' for key, value in content.items()))
    return [str(tmp_path / 'config.py'), str(tmp_path / 'packed'), '--cfg-options', f'data_root={tmp_path}']


@pytest.fixture
def tool():
    return load_tool('misc/pack_dataset')


def test_packing(tool, config, tmp_path, capsys):
    assert tool.main(config) == 0
    text = capsys.readouterr().out
    assert 'carried out now: LoadFramePair, GetBBoxCenterScale, TopdownAffine' in text
    assert '6 frames of 2 videos' in text
    assert f'tools/train.py {config[0]} --packed {tmp_path / "packed"} --cfg-options data_root={tmp_path}' in text
    assert tool.main(config) == 0
    assert 'holds these frames already' in capsys.readouterr().out


def test_refusals(tool, config, tmp_path, capsys, monkeypatch):
    assert tool.main([*config[:2]]) == 2
    assert 'error: frame folder data/frames does not exist' in capsys.readouterr().err
    monkeypatch.setattr(tool.shutil, 'disk_usage', lambda path: type('Usage', (), dict(free=10)))
    assert tool.main(config) == 2
    assert f'error: 6 frames take about 0.0 MB, and {tmp_path} has 0.0 MB left' in capsys.readouterr().err
    monkeypatch.undo()
    assert tool.main(config) == 0
    cv2.imwrite(str(tmp_path / 'frames' / 'b' / '3.png'), np.zeros((32, 32, 3)))
    capsys.readouterr()
    assert tool.main(config) == 2
    message = capsys.readouterr().err
    assert 'has changed since they were packed; pack again' in message and 'Traceback' not in message


def test_train_reads_packed_frames(tool, config, tmp_path, capsys):
    train = load_tool('train')
    cfg = load_config(config[0], dict(data_root=str(tmp_path)))
    with pytest.raises(ConfigError, match='holds no packed frames: make them with tools/misc/pack_dataset.py'):
        train.use_packed(cfg, config[1])
    assert tool.main(config) == 0
    (tmp_path / 'frames').rename(tmp_path / 'gone')
    capsys.readouterr()
    train.use_packed(cfg, config[1])
    assert capsys.readouterr().out == f'{tmp_path}/frames is not there, so {config[1]} is taken as it was packed.\n'
    assert cfg.train_dataloader.dataset.source.type == 'kpgan_mm.PackedFrames'
    assert train.parse_args([config[0], '--packed', config[1]]).packed == config[1]


def test_stopped_by_hand(tool, config, capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(tool, 'pack_frames', stop)
    assert tool.main(config) == 130
    assert 'stopped: nothing was kept' in capsys.readouterr().err
