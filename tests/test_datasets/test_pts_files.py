import numpy as np
import pytest

from kpgan_mm.datasets import read_pts

POINTS = '446.000 91.000\n449.5 119\n'


def write(path, text):
    path.write_bytes(text.encode())
    return path


@pytest.fixture
def file(tmp_path):
    return lambda text: write(tmp_path / 'face.pts', text)


@pytest.mark.parametrize(
    'text',
    [
        POINTS,
        f'version: 1\nn_points: 2\n{{\n{POINTS}}}\n',
        f'version: 1\r\nn_points:  2\r\n{{\r\n{POINTS}}}',
        f'\ufeffversion: 1\n\nn_points: 2\n{{\n\n{POINTS}\n}}\n\n',
        f'version: 1\n{{\n{POINTS}}}',
        f'\n  446.0\t91.0  \n{POINTS.splitlines()[1]}',
    ],
)
def test_both_dialects_count_from_zero_afterwards(file, text):
    points = read_pts(file(text), 2)
    assert points.dtype == np.float32
    np.testing.assert_array_equal(points, [[445, 90], [448.5, 118]])


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('', 'face.pts holds no points'),
        ('1 2\n3\n', r'face.pts, line 2: expected two numbers, got "3"'),
        ('1 2 3\n', r'face.pts, line 1: expected two numbers, got "1 2 3"'),
        ('1 2\nx 4\n', r'face.pts, line 2: expected two numbers, got "x 4"'),
        ('1 nan\n', r'face.pts, line 1: a point must be finite'),
        ('1 2\n}\n', r'face.pts, line 2: expected two numbers, got "}"'),
        (f'n_points: 3\n{{\n{POINTS}}}', r'announces 3 points in its header, but holds 2'),
        (f'n_points: 2\n{{\n{POINTS}', r'face.pts, line 4: the file ends without a closing brace'),
        (f'n_points: 2\n{{\n{POINTS}}}\n1 2', r'face.pts, line 6: nothing belongs after the closing brace'),
        (f'n_points: two\n{{\n{POINTS}}}', r'face.pts, line 1: expected a header such as "n_points: 68"'),
        ('something else\n', r'face.pts, line 1: expected a header'),
        ('version: 1\nn_points: 2\n', r'face.pts has a header, but no points between braces'),
        ('n_points: 0\n{\n}\n', r'face.pts holds no points'),
        ('\x89PNG\r\n', r'face.pts, line 1: expected a header'),
    ],
)
def test_what_is_wrong_and_where(file, text, words):
    with pytest.raises(ValueError, match=words):
        read_pts(file(text))


def test_the_wanted_number(file):
    assert len(read_pts(file(POINTS))) == 2
    with pytest.raises(ValueError, match='face.pts holds 2 points, but 68 are needed'):
        read_pts(file(POINTS), 68)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='landmark file .*none.pts does not exist'):
        read_pts(tmp_path / 'none.pts')


def test_real_files_of_both_dialects(shared_data, tmp_path):
    """Those of 300-W lack the header, those of 300-VW have it; or one of each, made up."""
    if shared_data is not None:
        plain, headed = shared_data / 'w300_sample', shared_data / 'mmpose_samples' / '300vw'
    else:
        plain, headed = tmp_path / 'plain', tmp_path / 'headed'
        lines = ''.join(f'{x}.5 {x + 1}\r\n' for x in range(68))
        for folder, text in ((plain, lines), (headed, f'version: 1\r\nn_points: 68\r\n{{\r\n{lines}}}\r\n')):
            folder.mkdir()
            write(folder / 'face.pts', text)
    for folder in (plain, headed):
        files = sorted(folder.rglob('*.pts'))
        assert files
        for path in files:
            points = read_pts(path, 68)
            # The first number of the file, less one.
            first = next(line for line in path.read_text().splitlines() if line[0].isdigit())
            np.testing.assert_allclose(points[0], np.array(first.split(), dtype=float) - 1, atol=1e-3)
