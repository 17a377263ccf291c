"""kpgan_mm.apis.frame_boxes: one box, or one for each frame."""

import csv
import json

import cv2
import numpy as np
import pytest

from kpgan_mm.apis import init_keypoint_model, predict, predict_files
from kpgan_mm.apis.frame_boxes import FrameBoxes
from kpgan_mm.apis.own_frames import OwnFrame, OwnFrames
from kpgan_mm.datasets.pose_files import read_pose_file
from tests.own_images import make_video


def write_boxes(path, rows):
    path.write_text('video,frame,x,y,width,height\n' + ''.join(','.join(map(str, row)) + '\n' for row in rows))
    return path


def frame(name, video, number, of_video=True):
    return OwnFrame(name, video, number, np.zeros((48, 64, 3), np.uint8), of_video)


def test_every_frame_gets_its_own_and_those_without_are_left_out(tmp_path):
    table = write_boxes(
        tmp_path / 'boxes.csv', [('a.mp4', 0, 1, 2, 10, 20), ('a', 2, 3, 4, 5, 6), ('i.png', 0, 0, 0, 8, 8)]
    )
    boxes = FrameBoxes(table=table)
    frames = [frame('sub/a.mp4/00000000', 'sub/a.mp4', 0), frame('a.mp4/00000001', 'a.mp4', 1)]
    frames += [frame('a.mp4/00000002', 'a.mp4', 2), frame('sub/i.png', 'sub', 7, False), frame('j.png', '.', 0, False)]
    found = list(boxes(iter(frames)))
    assert [box for _, box in found] == [(1, 2, 11, 22), (3, 4, 8, 10), (0, 0, 8, 8)]
    assert [f.name for f, _ in found] == ['sub/a.mp4/00000000', 'a.mp4/00000002', 'sub/i.png']
    assert boxes.num_without == 2


def test_without_a_table_there_is_one_box_for_all():
    pictures = [frame('a.mp4/00000000', 'a.mp4', 0)]
    assert [box for _, box in FrameBoxes()(iter(pictures))] == [(0, 0, 64, 48)]
    assert [box for _, box in FrameBoxes((1, 2, 3, 4))(iter(pictures))] == [(1, 2, 3, 4)]
    with pytest.raises(ValueError, match=r'the box \(0, 0, 65, 48\) .* leaves the picture a.mp4/00000000 of 64 x 48'):
        list(FrameBoxes((0, 0, 65, 48))(iter(pictures)))


def test_refuses_what_does_not_belong_together(tmp_path):
    table = write_boxes(tmp_path / 'boxes.csv', [('clip.mp4', 0, 0, 0, 8, 8)])
    with pytest.raises(ValueError, match='one box for all frames, and a table of boxes .*boxes.csv: give one'):
        FrameBoxes((0, 0, 1, 1), table)
    with pytest.raises(FileNotFoundError, match='nowhere.csv'):
        FrameBoxes(table=tmp_path / 'nowhere.csv')
    (tmp_path / 'a').mkdir()
    make_video(tmp_path / 'a' / 'other.mp4', 2)
    with pytest.raises(ValueError, match='boxes.csv has boxes for no file of .*a; it names clip.mp4: give the table'):
        FrameBoxes(table=table).check_source(OwnFrames(tmp_path / 'a'))
    (tmp_path / 'a' / 'clip.avi').touch()
    with pytest.raises(ValueError, match='boxes for no file of .*a; it names clip.mp4'):
        FrameBoxes(table=table).check_source(OwnFrames(tmp_path / 'a'))
    for name in ('clip.mp4', 'b/clip.mp4'):
        (tmp_path / 'a' / name).parent.mkdir(exist_ok=True)
        (tmp_path / 'a' / name).touch()
    with pytest.raises(ValueError, match=r'would give .*clip.* and .*clip.* the same boxes: rename one'):
        FrameBoxes(table=table).check_source(OwnFrames(tmp_path / 'a'))


def test_the_folder_that_a_table_gives_is_that_of_the_file(tmp_path):
    for folder in ('one', 'two'):
        (tmp_path / folder).mkdir()
        make_video(tmp_path / folder / 'a.mp4', 2)
    boxes = FrameBoxes(table=write_boxes(tmp_path / 'boxes.csv', [('two/a.mp4', 0, 0, 0, 8, 8)]))
    boxes.check_source(OwnFrames(tmp_path))
    assert [f.name for f, _ in boxes(OwnFrames(tmp_path))] == ['two/a.mp4/00000000']
    boxes.check_source(OwnFrames(tmp_path / 'two' / 'a.mp4'))
    assert [f.name for f, _ in boxes(OwnFrames(tmp_path / 'two' / 'a.mp4'))] == ['a.mp4/00000000']
    with pytest.raises(ValueError, match='boxes for no file of .*a.mp4; it names two/a.mp4'):
        boxes.check_source(OwnFrames(tmp_path / 'one' / 'a.mp4'))


def test_a_box_outside_its_picture_is_refused(tmp_path):
    table = write_boxes(tmp_path / 'boxes.csv', [('i.png', 0, 60, 40, 8, 9), ('j.png', 0, 64, 0, 8, 8)])
    boxes, (i, j) = FrameBoxes(table=table), (frame(name, '.', 0, False) for name in ('i.png', 'j.png'))
    assert [box for _, box in boxes(iter([i]))] == [(60, 40, 68, 49)]
    with pytest.raises(ValueError, match='box of frame 0 of j.png, x 64 to 72 .* outside its picture of 64 x 48'):
        list(boxes(iter([j])))
    # Of a video before anything is predicted.
    make_video(tmp_path / 'a.mp4', 2)
    table = write_boxes(tmp_path / 'boxes.csv', [('a', 0, 0, 0, 8, 8), ('a', 1, 2000, 0, 8, 8)])
    with pytest.raises(ValueError, match='box of frame 1 of .*a.mp4, x 2000 to 2008'):
        FrameBoxes(table=table).check_source(OwnFrames(tmp_path / 'a.mp4'))


def test_prediction_of_a_travelling_figure(config_file, checkpoint, tmp_path):
    """The same as cutting every frame by hand, and written with its box."""
    model = init_keypoint_model(config_file, checkpoint)
    rng = np.random.default_rng(0)
    (tmp_path / 'mine').mkdir()
    pictures = rng.integers(0, 255, (4, 48, 64, 3)).astype(np.uint8)
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(tmp_path / 'mine' / f'{number}.png'), picture)
    # The last one leaves the picture: as in training, what is beyond is black.
    boxes = [(0, 0, 32, 32), (10, 4, 30, 30), (40, 20, 40, 40)]
    table = write_boxes(
        tmp_path / 'boxes.csv', [(f'{n}.png', 0, *box) for n, box in zip((0, 1, 3), boxes, strict=True)]
    )
    files = predict_files(model, tmp_path / 'mine', tmp_path / 'out', boxes=table)
    assert (files.num_frames, files.num_without_box) == (3, 1)
    corners = [(x, y, x + width, y + height) for x, y, width, height in boxes]
    expected = [predict(model, [pictures[n]], box)[0] for n, box in zip((0, 1, 3), corners, strict=True)]
    assert np.load(tmp_path / 'out' / 'predictions.npz')['keypoints'] == pytest.approx(np.array(expected), abs=1e-3)
    annotations = json.loads((tmp_path / 'out' / 'predictions.json').read_text())['annotations']
    assert [annotation['bbox'] for annotation in annotations] == [list(box) for box in boxes]
    with (tmp_path / 'out' / 'predictions.csv').open(newline='') as file:
        assert [row[0] for row in csv.reader(file)][3:] == ['0.png', '1.png', '3.png']
    video = make_video(tmp_path / 'a.mp4', 4)
    rows = write_boxes(tmp_path / 'video.csv', [('a', n, 0, 0, 40, 40) for n in (1, 3)])
    predict_files(model, video, tmp_path / 'video', boxes=rows)
    with (tmp_path / 'video' / 'predictions.csv').open(newline='') as file:
        # Others count rows.
        assert [(row[0], 'nan' in row) for row in csv.reader(file)][3:] == [
            ('0', True), ('1', False), ('2', True), ('3', False)
        ]  # fmt: skip
    table_of_poses = read_pose_file(tmp_path / 'video' / 'predictions.csv', min_confidence=0.0).keypoints
    assert np.isfinite(table_of_poses).all(axis=(1, 2)).sum() == 2
    # One box each, from Python.
    assert predict(model, list(pictures[[0, 1, 3]]), corners) == pytest.approx(np.array(expected), abs=1e-3)
    with pytest.raises(ValueError, match=r'one such box for each of 4 images, got \(3, 4\)'):
        predict(model, list(pictures), corners)
    empty = write_boxes(tmp_path / 'empty.csv', [('2.png', 5, 0, 0, 8, 8)])
    with pytest.raises(ValueError, match='empty.csv has a box for none of the 4 frames of'):
        predict_files(model, tmp_path / 'mine', tmp_path / 'none', boxes=empty)
    assert not (tmp_path / 'none').exists()
