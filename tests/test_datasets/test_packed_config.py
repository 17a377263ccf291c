import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope

from kpgan_mm.datasets import PackedFrames, use_packed_frames
from kpgan_mm.datasets.frame_packing import pack_frames, plan_packing
from tests.test_datasets.test_frame_packing import PAIR, config, make_frames


@pytest.fixture
def data(tmp_path):
    """A folder with a configuration's data, packed into its folder ``packed``."""
    init_default_scope('mmpose')
    (tmp_path / 'data').mkdir()
    cfg = config(tmp_path / 'data', make_frames(tmp_path / 'data'))
    pack_frames(plan_packing(cfg.train_dataloader.dataset), tmp_path / 'packed', cfg.data_root)
    return tmp_path


def again(data, name='data', **options):
    source = dict(type='kpgan_mm.AnnotatedFrames', data_root=str(data / name), ann_file='train.json')
    return config(data / name, source | options)


def test_the_source_is_replaced(data):
    cfg = again(data)
    assert use_packed_frames(cfg, data / 'packed') == []
    dataset = cfg.train_dataloader.dataset
    assert dataset.source == dict(type='kpgan_mm.PackedFrames', folder=str(data / 'packed'))
    assert [transform.type for transform in dataset.pipeline] == ['kpgan_mm.LoadPacked', 'kpgan_mm.PackPairInputs']
    assert cfg.train_dataloader.collate_fn == dict(type='compact_collate')
    with pytest.raises(ValueError, match='packed already'):
        use_packed_frames(cfg, data / 'packed')


def test_data_may_move_and_vanish(data):
    (data / 'data').rename(data / 'elsewhere')
    assert use_packed_frames(again(data, 'elsewhere'), data / 'packed') == []
    assert use_packed_frames(again(data), data / 'packed') == [str(data / 'data' / 'train.json')]


def change_list(data):
    (data / 'data' / 'train.json').write_text((data / 'data' / 'train.json').read_text() + ' ')


def change_picture(data):
    (data / 'data' / 'b4.jpg').write_bytes(b'another')


@pytest.mark.parametrize(
    ('change', 'words'), [(change_list, 'train.json has changed since'), (change_picture, 'b4.jpg has changed since')]
)
def test_stale(data, change, words):
    change(data)
    with pytest.raises(ValueError, match=rf'do not belong to this configuration: .*{words}.*; pack again, with'):
        use_packed_frames(again(data), data / 'packed')


def test_other_settings(data):
    with pytest.raises(ValueError, match="source.bad_data=None, and the configuration says 'skip'"):
        use_packed_frames(again(data, bad_data='skip'), data / 'packed')
    cfg = again(data)
    cfg.train_dataloader.dataset.pipeline[3].input_size = (32, 32)
    with pytest.raises(ValueError, match=r'packed with the transform .*\[24, 24\].* says .*\[32, 32\]'):
        use_packed_frames(cfg, data / 'packed')
    cfg.train_dataloader.dataset.pipeline = PAIR[:2]
    with pytest.raises(ValueError, match='and the configuration says None'):
        use_packed_frames(cfg, data / 'packed')


def test_masks_are_not_kept(tmp_path):
    init_default_scope('mmpose')
    source = make_frames(tmp_path, lambda number: [number, 4, 20, 22])
    plain = [PAIR[0], *PAIR[2:]]
    cfg = config(tmp_path, source, plain)
    pack_frames(plan_packing(cfg.train_dataloader.dataset), tmp_path / 'packed', cfg.data_root)
    with pytest.raises(ValueError, match='they were packed without MaskBackground; pack again'):
        use_packed_frames(config(tmp_path, source, PAIR), tmp_path / 'packed')
    assert use_packed_frames(config(tmp_path, source, plain), tmp_path / 'packed') == []


def test_other_training_sets(data):
    cfg = Config(dict(train_dataloader=dict(dataset=dict(type='kpgan_mm.PosePriorDataset'))))
    with pytest.raises(ValueError, match='draw them at random .*, and this configuration has PosePriorDataset'):
        use_packed_frames(cfg, data / 'packed')


def test_damaged(data):
    index = data / 'packed' / 'index.json'
    text = index.read_text()
    index.write_text(text.replace('"version": 1', '"version": 0'))
    with pytest.raises(ValueError, match='are of version 0, and this is version 1: pack again'):
        PackedFrames(str(data / 'packed'))
    index.write_text(text)
    with open(data / 'packed' / 'pictures.bin', 'r+b') as file:
        file.truncate(100)
    with pytest.raises(ValueError, match=r'pictures.bin has 100 bytes instead of 17280: copy it anew, or pack again'):
        use_packed_frames(again(data), data / 'packed')
