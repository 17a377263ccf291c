"""Which checkpoint of a folder is the newest, wherever the folder is."""

import pytest

from kpgan_mm.utils.newest_checkpoint import newest_checkpoint


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'runs').mkdir()
    for name in ('iter_900.pth', 'iter_1000.pth', 'iter_800.pth', 'iter_x.pth', 'best_error_iter_2000.pth'):
        (tmp_path / 'runs' / name).touch()
    return tmp_path / 'runs'


def test_the_note_counts_by_its_name_only(folder):
    (folder.parent / 'elsewhere').mkdir()
    other = folder.parent / 'elsewhere' / 'iter_800.pth'
    other.touch()
    (folder / 'last_checkpoint').write_text(f'{other}\n')
    assert newest_checkpoint(folder) == str(folder / 'iter_800.pth')


@pytest.mark.parametrize('note', [None, '', '/gone/iter_4000.pth'])
def test_otherwise_the_one_of_most_iterations(folder, note):
    if note is not None:
        (folder / 'last_checkpoint').write_text(note)
    assert newest_checkpoint(str(folder)) == str(folder / 'iter_1000.pth')


def test_none(tmp_path):
    assert newest_checkpoint(tmp_path) is newest_checkpoint(tmp_path / 'nothing') is None
