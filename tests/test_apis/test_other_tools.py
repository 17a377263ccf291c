"""Predictions as other programs read them, and the scripts of docs/other_tools.md that prepare them."""

import csv
import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from kpgan_mm.apis import init_keypoint_model, predict_files
from kpgan_mm.datasets.deeplabcut_dataset import read_deeplabcut
from tests.own_images import make_video
from tests.test_docs.blocks import blocks_of
from tests.toys import ROOT

NAMES = ['head', 'left', 'right']


@pytest.fixture(scope='module')
def predictions(config_file, checkpoint, tmp_path_factory):
    """Folder with videos/ (two, one in a sub-folder), images/, and the predictions of both and of one video."""
    import cv2

    folder = tmp_path_factory.mktemp('predicted')
    (folder / 'videos/day').mkdir(parents=True)
    make_video(folder / 'videos/b.mp4', 6)
    make_video(folder / 'videos/day/a.mp4', 7)
    (folder / 'images').mkdir()
    for name in ('img03.png', 'img12.png'):
        cv2.imwrite(str(folder / 'images' / name), np.full((48, 64, 3), 90, np.uint8))
    model = init_keypoint_model(config_file, checkpoint)
    for source, out in (('videos', 'all'), ('videos/b.mp4', 'one'), ('images', 'pictures')):
        predict_files(model, folder / source, folder / out, smooth=5)
    return folder


def read_as_pandas(path):
    """Index, columns and values as of ``pandas.read_csv(path, header=[0, 1, 2], index_col=0)``.

    A row of blanks behind the header would be taken for the name of the index, and columns without a name, or of one
    that is there twice, renamed.
    """
    with path.open(newline='') as file:
        *header, first, second = (rows := list(csv.reader(file)))[:5]
    assert [row[0] for row in header] == ['scorer', 'bodyparts', 'coords']
    assert len({len(row) for row in rows}) == 1
    assert any(first[1:]) and any(second[1:])
    columns = list(zip(*(row[1:] for row in header), strict=True))
    assert len(set(columns)) == len(columns) and all(map(all, columns))
    return [row[0] for row in rows[3:]], columns, np.array([row[1:] for row in rows[3:]], float)


@pytest.mark.parametrize(
    ('table', 'arrays', 'key', 'index'),
    [
        ('one/predictions.csv', 'one', 'keypoints', range(6)),
        ('one/predictions_raw.csv', 'one', 'keypoints_raw', range(6)),
        ('all/per_video/b.csv', 'one', 'keypoints', range(6)),
        ('pictures/predictions.csv', 'pictures', 'keypoints', ['img03.png', 'img12.png']),
    ],
)
def test_tables_are_those_of_deeplabcut(predictions, table, arrays, key, index):
    rows, columns, values = read_as_pandas(predictions / table)
    assert rows == list(map(str, index))
    assert columns == [('kpgan_mm', name, axis) for name in NAMES for axis in ('x', 'y', 'likelihood')]
    expected = np.load(predictions / arrays / 'predictions.npz')
    values = values.reshape(-1, 3, 3)
    assert values[..., :2] == pytest.approx(expected[key], abs=1e-3)
    assert values[..., 2] == pytest.approx(expected['scores'], abs=1e-5)


def script(name):
    """`main` of a script of the page."""
    page = ROOT / 'docs/other_tools.md'
    block = next(block for block in blocks_of(page.read_text(), page.name) if block.file == name)
    names = {'__name__': 'script'}
    exec(compile(block.text, name, 'exec'), names)
    return names['main']


def test_first_labels(predictions, tmp_path):
    out = tmp_path / 'CollectedData_me.csv'
    script('to_labels.py')(predictions / 'pictures', 'labeled-data/mouse', out, 'me')
    rows, columns, values = read_as_pandas(out)
    assert rows == ['labeled-data/mouse/img03.png', 'labeled-data/mouse/img12.png']
    assert columns == [('me', name, axis) for name in NAMES for axis in 'xy']
    paths, keypoints = read_deeplabcut(str(out), NAMES)
    assert paths == rows and keypoints == pytest.approx(values.reshape(2, 3, 2), abs=1e-4)
    with pytest.raises(FileExistsError):
        script('to_labels.py')(predictions / 'pictures', 'labeled-data/mouse', out, 'me')


def test_project_of_sleap(predictions, monkeypatch):
    """With a stand-in that keeps what sleap-io is given."""
    saved = {}
    sleap_io = SimpleNamespace(
        Skeleton=lambda nodes, edges: (nodes, edges),
        load_video=lambda path: path,
        PredictedInstance=SimpleNamespace(from_numpy=lambda points, **others: SimpleNamespace(points=points, **others)),
        LabeledFrame=SimpleNamespace,
        Labels=list,
        save_file=lambda labels, out: saved.update({out: labels}),
    )
    monkeypatch.setitem(sys.modules, 'sleap_io', sleap_io)
    script('to_sleap.py')(predictions / 'all', predictions / 'videos', 'out.slp')
    frames, expected = saved['out.slp'], np.load(predictions / 'all/predictions.npz')
    videos = [str(predictions / 'videos' / name) for name in ['b.mp4'] * 6 + ['day/a.mp4'] * 7]
    assert [frame.video for frame in frames] == videos
    assert [frame.frame_idx for frame in frames] == [*range(6), *range(7)]
    found = [frame.instances[0] for frame in frames]
    assert np.array([one.points for one in found]) == pytest.approx(expected['keypoints'], abs=2e-3)
    assert np.array([one.point_scores for one in found]) == pytest.approx(expected['scores'], abs=1e-5)
    assert all(one.skeleton == (NAMES, [('head', 'left'), ('head', 'right')]) for one in found)
    assert json.loads((predictions / 'all/predictions.json').read_text())['annotations'][3]['score'] == found[3].score
