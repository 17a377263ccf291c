import json

import numpy as np
import pytest

from kpgan_mm.datasets.source_record import compare_source, record_source


@pytest.fixture
def folder(tmp_path):
    for name in ('frames/a/1.png', 'frames/a/2.png', 'videos/one.mp4', 'boxes/one.txt', 'notes.txt'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def record(config, folder, frames=()):
    # As it comes back from the file.
    return json.loads(json.dumps(record_source(config, frames, str(folder))))


def test_folders(folder):
    config = dict(type='kpgan_mm.FrameFolders', root=f'{folder}/frames', suffixes=('.png',))
    made = record(config, folder)
    assert made['settings'] == dict(type='kpgan_mm.FrameFolders', root='frames', suffixes=['.png'])
    assert list(made['inputs']) == ['frames'] and compare_source(made, config, str(folder)) == []
    (folder / 'frames' / 'notes.txt').write_text('no picture')
    assert compare_source(made, config, str(folder)) == []
    (folder / 'frames' / 'a' / '3.png').write_bytes(b'3')
    with pytest.raises(ValueError, match='frames has changed since they were packed'):
        compare_source(made, config, str(folder))


def test_videos_are_told_by_size_and_box_files_count(folder):
    config = dict(type='kpgan_mm.VideoClips', root=f'{folder}/videos', box_root=f'{folder}/boxes', cache_dir='x')
    made = record(config, folder)
    assert compare_source(made, dict(config, cache_dir='y'), str(folder)) == []
    (folder / 'boxes' / 'one.txt').write_text('FRAME X Y W H, and a box')
    with pytest.raises(ValueError, match='boxes has changed'):
        compare_source(made, config, str(folder))
    files = dict(type='kpgan_mm.VideoFiles', files=[f'{folder}/videos/one.mp4'])
    made = record(files, folder)
    (folder / 'videos' / 'one.mp4').write_bytes(b'longer than it was')
    with pytest.raises(ValueError, match=r'one\.mp4 has changed'):
        compare_source(made, files, str(folder))


def test_the_data_set_within_a_source(folder):
    dataset = dict(type='CocoDataset', data_root=str(folder), ann_file='notes.txt', metainfo=dict(num=np.int64(3)))
    config = dict(type='kpgan_mm.DatasetFrames', dataset=dataset)
    made = record(config, folder)
    assert list(made['inputs']) == ['notes.txt'] and made['settings']['dataset']['metainfo'] == dict(num='3')
    (folder / 'notes.txt').write_text('other labels')
    with pytest.raises(ValueError, match='notes.txt has changed'):
        compare_source(made, config, str(folder))


def test_pictures_below_the_root_only(folder):
    frames = [dict(img_path=f'{folder}/frames/a/{number}.png') for number in (1, 2)] + [dict(img_path='/cache/1.png')]
    assert record({}, folder, frames)['samples'] == {'frames/a/1.png': 14, 'frames/a/2.png': 14}
    assert record({}, '', frames)['samples'] == {}


def test_settings(folder):
    made = record(dict(type='X', crop=(1, 2, 3, 4)), folder)
    with pytest.raises(ValueError, match=r'source.crop=\[1, 2, 3, 4\], and the configuration says None'):
        compare_source(made, dict(type='X'), str(folder))


def test_what_is_gone_is_named(folder):
    config = dict(type='kpgan_mm.FrameFolders', root=f'{folder}/frames')
    made = record(config, folder)
    (folder / 'frames').rename(folder / 'gone')
    assert compare_source(made, config, str(folder)) == [f'{folder}/frames']
