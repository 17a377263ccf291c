"""kpgan_mm.apis.predict_files and tools/predict.py, with a model of random weights."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import tracemalloc

import cv2
import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from scipy.signal import savgol_filter

from kpgan_mm.apis import init_keypoint_model, own_frames, predict, predict_files
from kpgan_mm.apis.own_frames import OwnFrame
from kpgan_mm.apis.prediction_record import source_name, source_of, written_files
from kpgan_mm.apis.prediction_writers import ArraysWriter, CocoWriter, PicturesWriter, draw_fitted, shown_size
from kpgan_mm.datasets import AnnotatedFrames, NpzPosePrior
from kpgan_mm.datasets.video_files import video_frames
from kpgan_mm.geometry import normalized_to_pixels
from tests.own_images import BROKEN, SOUND, make_folder, make_video
from tests.toys import METAINFO, load_tool

tool = load_tool('predict')


@pytest.fixture(scope='module')
def model(config_file, checkpoint):
    return init_keypoint_model(config_file, checkpoint)


@pytest.fixture(scope='module')
def meta():
    return parse_pose_metainfo(METAINFO)


def read_table(path):
    with open(path, newline='') as file:
        return list(csv.reader(file))


def test_a_folder_of_everything(model, tmp_path):
    source, out = make_folder(tmp_path / 'mine'), tmp_path / 'out'
    files = predict_files(model, source, out)
    assert (files.num_frames, len(files.left_out), files.out_dir) == (len(SOUND), len(BROKEN), out)
    content = json.loads((out / 'predictions.json').read_text())
    # Images right in the folder before or after those of sub-folders: by name.
    names = [image['file_name'] for image in content['images']]
    assert sorted(names) == sorted(SOUND)
    assert [(image['height'], image['width']) for image in content['images']] == [SOUND[name] for name in names]
    category = content['categories'][0]
    assert category['keypoints'] == ['head', 'left', 'right'] and category['skeleton'] == [[1, 2], [1, 3]]
    expected = predict(model, [str(source / name) for name in names])
    found = np.array([annotation['keypoints'] for annotation in content['annotations']]).reshape(-1, 3, 3)
    assert found[..., :2] == pytest.approx(expected, abs=2e-3) and (found[..., 2] == 2).all()
    rows = read_table(out / 'predictions.csv')
    assert rows[1] == ['bodyparts'] + ['head'] * 3 + ['left'] * 3 + ['right'] * 3
    assert [row[0] for row in rows[3:]] == names
    assert np.array([row[1:] for row in rows[3:]], float).reshape(-1, 3, 3)[..., :2] == pytest.approx(
        expected, abs=1e-3
    )
    arrays = np.load(out / 'predictions.npz')
    assert arrays['keypoints'] == pytest.approx(expected, abs=1e-3)
    assert arrays['image_sizes'].tolist() == [list(SOUND[name]) for name in names]
    assert len(list((out / 'pictures').iterdir())) == len(SOUND)
    assert cv2.imread(str(out / 'contact_sheet.jpg')).shape == (2 * 196 + 4, 128 + 6 * 196, 3)
    assert cv2.VideoCapture(str(out / 'overlay.mp4')).get(cv2.CAP_PROP_FRAME_COUNT) == len(SOUND)


def test_what_is_written_can_be_read_as_data(model, tmp_path):
    """COCO as a source of frames, and the arrays as a prior: in the network's input, whatever the picture's shape."""
    source, out = make_folder(tmp_path / 'mine'), tmp_path / 'out'
    predict_files(model, source, out)
    frames = AnnotatedFrames(str(out / 'predictions.json'), data_prefix=dict(img=str(source))).frames
    assert len(frames) == len(SOUND) and frames[0]['keypoints'].shape == (3, 2)
    prior = NpzPosePrior(str(out / 'predictions.npz'), key='keypoints_normalized')
    assert len(prior) == len(SOUND) and np.abs(prior.poses).max() <= 1
    names = [image['file_name'] for image in json.loads((out / 'predictions.json').read_text())['images']]
    # 60 x 40 pixels are widened to a square of 60, 10 above and below, and shrunk to 32.
    index = names.index('alpha.png')
    pixels = (normalized_to_pixels(prior.poses[index], size=(32, 32)) * 60 / 32) - (0, 10)
    assert pixels == pytest.approx(np.load(out / 'predictions.npz')['keypoints'][index], abs=1e-3)


def test_a_video(model, tmp_path, capsys, config_file, checkpoint):
    video, out = make_video(tmp_path / 'clip.mp4'), tmp_path / 'out'
    tool.main([str(video), str(config_file), str(checkpoint), '--out-dir', str(out), '--box', '4', '0', '60', '48'])
    assert f'wrote the keypoints of 35 frames to {out}' in capsys.readouterr().out
    rows = read_table(out / 'predictions.csv')
    assert [row[0] for row in rows[3:]] == [str(number) for number in range(35)]
    assert np.isfinite(np.array([row[1:] for row in rows[3:]], float)).all()
    overlay = cv2.VideoCapture(str(out / 'overlay.mp4'))
    assert overlay.get(cv2.CAP_PROP_FRAME_COUNT) == 35
    assert overlay.get(cv2.CAP_PROP_FPS) == pytest.approx(10.0)
    assert overlay.read()[1].shape == (192, 256, 3)
    # Again, from another source: nothing of the first is left.
    predict_files(model, make_video(tmp_path / 'short.mp4', 2), out)
    assert sorted(path.name for path in (out / 'pictures').iterdir()) == ['000000_short.jpg', '000001_short.jpg']


def test_smoothed_with_the_raw_ones_beside(model, tmp_path):
    video = make_video(tmp_path / 'clip.mp4')
    predict_files(model, video, tmp_path / 'plain')
    predict_files(model, video, tmp_path / 'smooth', smooth=9)
    plain, smooth = (np.load(tmp_path / name / 'predictions.npz') for name in ('plain', 'smooth'))
    assert np.array_equal(smooth['keypoints_raw'], plain['keypoints'])
    expected = savgol_filter(plain['keypoints'].astype(np.float64), 9, 2, axis=0)
    assert smooth['keypoints'] == pytest.approx(expected, abs=1e-3)
    assert np.array_equal(smooth['scores'], plain['scores'])
    raw, table = (read_table(tmp_path / 'smooth' / f'predictions{name}.csv')[3:] for name in ('_raw', ''))
    assert raw == read_table(tmp_path / 'plain' / 'predictions.csv')[3:]
    assert np.array([row[1:] for row in table], float).reshape(-1, 3, 3)[..., :2] == pytest.approx(expected, abs=1e-3)
    # Without smoothing nothing of it is left.
    predict_files(model, video, tmp_path / 'smooth', max_frames=4)
    assert not (tmp_path / 'smooth' / 'predictions_raw.csv').exists()
    assert len(np.load(tmp_path / 'smooth' / 'predictions.npz')['keypoints']) == 4


def test_ctrl_c_keeps_what_is_predicted(model, tmp_path, monkeypatch):
    def interrupted(*args):
        yield from list(video_frames(*args))[:33]
        raise KeyboardInterrupt

    monkeypatch.setattr(own_frames, 'video_frames', interrupted)
    files = predict_files(model, make_video(tmp_path / 'clip.mp4'), tmp_path / 'out')
    # Batches are of 32.
    assert files.num_frames == 32 == len(np.load(tmp_path / 'out' / 'predictions.npz')['keypoints'])
    assert len(json.loads((tmp_path / 'out' / 'predictions.json').read_text())['annotations']) == 32
    assert cv2.VideoCapture(str(tmp_path / 'out' / 'overlay.mp4')).get(cv2.CAP_PROP_FRAME_COUNT) == 32


@pytest.mark.parametrize('at', [0, 5, 40])
def test_ctrl_c_while_files_are_written(model, tmp_path, monkeypatch, at):
    """All files end at the same frame, and their number is what is reported."""
    add, count = ArraysWriter.add, iter(range(1000))

    def press(*arguments, **entries):
        if next(count) == at:
            signal.raise_signal(signal.SIGINT)
        add(*arguments, **entries)

    monkeypatch.setattr(ArraysWriter, 'add', press)
    files = predict_files(model, make_video(tmp_path / 'clip.mp4', 70), tmp_path / 'out', smooth=9)
    # Batches are of 32, and the smoothing is 4 frames behind.
    assert files.ended_early and files.num_frames == {0: 32, 5: 32, 40: 64}[at]
    arrays = np.load(tmp_path / 'out' / 'predictions.npz')
    assert {len(arrays[name]) for name in arrays} == {files.num_frames}
    assert len(read_table(tmp_path / 'out' / 'predictions.csv')) == 3 + files.num_frames
    assert len(json.loads((tmp_path / 'out' / 'predictions.json').read_text())['images']) == files.num_frames


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob('*') if path.is_file()}


@pytest.mark.parametrize('error', [RuntimeError, KeyboardInterrupt])
def test_a_failed_run_leaves_older_results_as_they_were(model, tmp_path, monkeypatch, error):
    def failing(*args):
        for number, frame in enumerate(video_frames(*args)):
            if number == 33:
                raise RuntimeError
            yield number, frame[1]

    def stopped(self):
        raise error

    out = tmp_path / 'out'
    predict_files(model, make_video(tmp_path / 'short.mp4', 2), out)
    before = contents(out)
    make_video(tmp_path / 'clip.mp4')
    with monkeypatch.context() as patch:
        if error is RuntimeError:
            patch.setattr(own_frames, 'video_frames', failing)
        else:
            patch.setattr(ArraysWriter, 'close', stopped)
        for folder in (out, tmp_path / 'new'):
            with pytest.raises(error):
                predict_files(model, tmp_path / 'clip.mp4', folder)
    assert contents(out) == before and not (tmp_path / 'new').exists()


def test_nothing_of_an_older_prediction_is_left(model, tmp_path):
    make_folder(tmp_path / 'mine')
    video, out = make_video(tmp_path / 'clip.mp4', 6), tmp_path / 'out'
    out.mkdir()
    (out / 'notes.txt').write_text('kept')
    predict_files(model, video, out, smooth=5)
    assert source_of(out) == source_name(video) == str(video.resolve())
    predict_files(model, tmp_path / 'mine' / 'one_pixel.png', out)
    assert source_of(out) == str((tmp_path / 'mine' / 'one_pixel.png').resolve())
    assert sorted(path.name for path in out.iterdir()) == [
        'contact_sheet.jpg',
        'notes.txt',
        'pictures',
        'predictions.csv',
        'predictions.json',
        'predictions.npz',
    ]
    assert source_of(tmp_path) is None and source_name('webcam:0') == 'webcam:0'


def test_videos_of_a_folder_have_files_of_their_own(model, tmp_path):
    source, out = tmp_path / 'mine', tmp_path / 'out'
    (source / 'sub').mkdir(parents=True)
    make_video(source / 'a.mp4', 5)
    make_video(source / 'sub' / 'a.mp4', 3, (32, 48))
    make_video(source / 'b.mp4', 2)
    make_video(source / 'b.avi', 4)
    cv2.imwrite(str(source / 'still.png'), np.zeros((8, 8, 3), np.uint8))
    assert predict_files(model, source, out, smooth=5).num_frames == 15
    written = sorted(str(path.relative_to(out / 'per_video')) for path in (out / 'per_video').rglob('*.*'))
    stems = ('a', 'b.avi', 'b.mp4', 'sub/a')
    assert written == sorted(f'{stem}{end}' for stem in stems for end in ('.csv', '.mp4', '_raw.csv'))
    rows = {row[0]: row[1:] for row in read_table(out / 'predictions.csv')[3:]}
    for stem, name, number in (('a', 'a.mp4', 5), ('b.avi', 'b.avi', 4), ('sub/a', 'sub/a.mp4', 3)):
        own = read_table(out / 'per_video' / f'{stem}.csv')[3:]
        assert [row[0] for row in own] == [str(n) for n in range(number)]
        assert [row[1:] for row in own] == [rows[f'{name}/{n:08d}'] for n in range(number)]
        overlay = cv2.VideoCapture(str(out / 'per_video' / f'{stem}.mp4'))
        assert overlay.get(cv2.CAP_PROP_FRAME_COUNT) == number and overlay.get(cv2.CAP_PROP_FPS) == pytest.approx(10)
    # The picture alone is in the overlay of all.
    assert cv2.VideoCapture(str(out / 'overlay.mp4')).get(cv2.CAP_PROP_FRAME_COUNT) == 1
    predict_files(model, source / 'still.png', out)
    assert not (out / 'per_video').exists()


def test_earlier_predictions_are_not_predicted(model, tmp_path):
    """Wherever in the folder they lie: those that go to the same place, and others."""
    source = tmp_path / 'mine'
    source.mkdir()
    make_video(source / 'a.mp4', 3)
    for out in ('predictions', 'predictions', 'deep/others', '.'):
        assert predict_files(model, source, source / out).num_frames == 3
    assert predict_files(model, source, tmp_path / 'out').num_frames == 3
    assert (source / 'a.mp4').is_file()


def test_files_that_no_prediction_wrote_are_left_alone(model, tmp_path):
    out = tmp_path / 'own'
    (out / 'pictures').mkdir(parents=True)
    (out / 'per_video').mkdir()
    cv2.imwrite(str(out / 'pictures' / '00000001_000.jpg'), np.zeros((8, 8, 3), np.uint8))
    video = make_video(out / 'per_video' / 'b.mp4', 3)
    before = contents(out)
    for source in (video, out / 'pictures' / '00000001_000.jpg'):
        with pytest.raises(ValueError, match='own has pictures already, which no prediction wrote'):
            predict_files(model, source, out)
        assert contents(out) == before
    # Files that the user adds to a folder of predictions stay; what a prediction wrote is no source for the same place.
    results = tmp_path / 'results'
    predict_files(model, video, results)
    (results / 'pictures' / '0_mine.jpg').write_text('mine')
    predict_files(model, video, results)
    assert (results / 'pictures' / '0_mine.jpg').read_text() == 'mine'
    written = {file for file in results.rglob('*') if file.is_file() and file.name != '0_mine.jpg'}
    assert set(written_files(results)) == written
    with pytest.raises(ValueError, match='overlay.mp4 was written by a prediction into .*results: give another folder'):
        predict_files(model, results / 'overlay.mp4', results)


def test_raw_tables_have_names_of_their_own(model, tmp_path):
    source, out = tmp_path / 'mine', tmp_path / 'out'
    source.mkdir()
    make_video(source / 'a.mp4', 5)
    make_video(source / 'a_raw.mp4', 7)
    predict_files(model, source, out, smooth=5)
    tables = {path.name: len(read_table(path)) - 3 for path in (out / 'per_video').glob('*.csv')}
    assert tables == {'a.csv': 5, 'a_raw.csv': 5, 'a_raw.mp4.csv': 7, 'a_raw.mp4_raw.csv': 7}


def test_what_a_killed_run_has_left_is_removed(model, tmp_path):
    out, video = tmp_path / 'out', make_video(tmp_path / 'clip.mp4', 2)
    script = 'import os; print(os.getpid())'
    gone = int(subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, check=True).stdout)
    for process in (gone, os.getppid()):
        (out / f'.unfinished-{socket.gethostname()}-{process}-abc').mkdir(parents=True)
    predict_files(model, video, out)
    assert [path.name.split('-')[-2] for path in out.glob('.unfinished-*')] == [str(os.getppid())]


@pytest.mark.parametrize('box', [(0, 0, 65, 48), (0, 0, 64, 49), (-1, 0, 64, 48), (70, 0, 90, 40)])
def test_a_box_that_leaves_the_picture_is_refused(model, tmp_path, box):
    video = make_video(tmp_path / 'clip.mp4', 2)
    predict_files(model, video, tmp_path / 'whole', box=(0, 0, 64, 48))
    with pytest.raises(ValueError, match=rf'the box \({box[0]}, {box[1]}, .* leaves .*clip.* of 64 x 48 pixels'):
        predict_files(model, video, tmp_path / 'out', box=box)
    assert not (tmp_path / 'out').exists()


def test_keypoints_below_the_threshold_are_not_drawn(model, tmp_path):
    video = make_video(tmp_path / 'clip.mp4', 2)
    for threshold in (0.0, 1.1):
        predict_files(model, video, tmp_path / str(threshold), kpt_thr=threshold)
    all_drawn, none_drawn = (cv2.imread(str(tmp_path / name / 'pictures/000000_clip.jpg')) for name in ('0.0', '1.1'))
    assert np.ptp(all_drawn) > 100 and np.ptp(none_drawn) < 10
    arrays = [np.load(tmp_path / name / 'predictions.npz')['keypoints'] for name in ('0.0', '1.1')]
    assert np.array_equal(*arrays)


def test_refuses_settings_before_anything_is_read(model, tmp_path):
    for settings, message in ((dict(smooth=4), 'odd number of frames'), (dict(max_frames=0), 'at least 1')):
        with pytest.raises(ValueError, match=message):
            predict_files(model, 'nothing.mp4', tmp_path / 'out', **settings)


def test_one_image_is_no_video(model, tmp_path):
    make_folder(tmp_path / 'mine')
    assert predict_files(model, tmp_path / 'mine' / 'one_pixel.png', tmp_path / 'out').num_frames == 1
    assert not (tmp_path / 'out' / 'overlay.mp4').exists()
    assert [path.name for path in (tmp_path / 'out' / 'pictures').iterdir()] == ['000000_one_pixel.jpg']


def test_no_reconstruction_is_made(model, tmp_path, monkeypatch):
    """Configurations that ask for it in tests have it there only."""
    monkeypatch.setattr(model, 'test_cfg', dict(reconstruct=True))
    monkeypatch.setattr(model, 'generator', None)
    predict_files(model, make_video(tmp_path / 'clip.mp4', 3), tmp_path / 'out')
    assert model.test_cfg == dict(reconstruct=True)


def test_says_what_is_wrong(config_file, checkpoint, tmp_path, capsys):
    arguments = [str(config_file), str(checkpoint), '--out-dir', str(tmp_path / 'out')]
    with pytest.raises(SystemExit, match='error: there is no image, video or folder nothing.mp4'):
        tool.main(['nothing.mp4', *arguments])
    (tmp_path / 'mine').mkdir()
    with pytest.raises(SystemExit, match='error: .*mine holds no image or video'):
        tool.main([str(tmp_path / 'mine'), *arguments])
    (tmp_path / 'mine' / 'text.mp4').write_text('no video')
    (tmp_path / 'mine' / 'empty.png').touch()
    with pytest.raises(SystemExit, match='error: nothing of .*mine can be read: image .*empty.png is empty'):
        tool.main([str(tmp_path / 'mine'), *arguments])
    with pytest.raises(SystemExit, match='error: nothing of .* can be read: no frame could be read from .*text.mp4'):
        tool.main([str(tmp_path / 'mine' / 'text.mp4'), *arguments])
    assert not (tmp_path / 'out').exists()
    with pytest.raises(SystemExit, match='error: .*nothing.pth'):
        tool.main([str(tmp_path / 'mine'), str(config_file), str(tmp_path / 'nothing.pth')])
    (tmp_path / 'out').write_text('in the way')
    make_video(tmp_path / 'clip.mp4', 2)
    with pytest.raises(SystemExit, match='error: .*out cannot be made'):
        tool.main([str(tmp_path / 'clip.mp4'), *arguments])


def test_left_out_files_are_named(config_file, checkpoint, tmp_path, capsys):
    source = make_folder(tmp_path / 'mine')
    tool.main([str(source), str(config_file), str(checkpoint), '--out-dir', str(tmp_path / 'out')])
    assert f'left out {len(BROKEN)}: ' in capsys.readouterr().out


def test_shown_size():
    assert shown_size(64, 64) == (256, 256)
    assert shown_size(406, 396) == (406, 396)
    assert shown_size(2160, 3840) == (720, 1280)
    # Even, for video, and never too thin for it.
    assert shown_size(301, 401) == (300, 400)
    assert shown_size(1, 5000) == (16, 1280) and shown_size(1, 1) == (256, 256)


def test_keypoints_move_with_the_picture(meta):
    image = np.zeros((10, 20, 3), np.uint8)
    # 20 x 10 into 80 x 80: four times as large, 20 rows above. Pixel 9 becomes 9.5 * 4 - 0.5 = 37.5, plus 20 in y.
    drawn = draw_fitted(image, np.full((4, 2), (9, 4)), (80, 80), meta)
    rows, columns = np.nonzero(drawn.any(axis=2))
    assert columns.mean() == pytest.approx(37.5, abs=0.3) and rows.mean() == pytest.approx(37.5, abs=0.3)


def test_pictures_are_spread_over_any_length(tmp_path, meta):
    writer = PicturesWriter(tmp_path / 'pictures', tmp_path / 'sheet.jpg', meta, most=5)
    image = np.zeros((20, 20, 3), np.uint8)
    for number in range(17):
        writer.add(OwnFrame(f'clip.mp4/{number:08d}', 'clip.mp4', number, image), np.zeros((4, 2)))
        assert len(writer._kept) <= 5
    writer.close()
    assert sorted(path.name for path in (tmp_path / 'pictures').iterdir()) == [
        f'{number:06d}_clip.jpg' for number in (0, 4, 8, 12, 16)
    ]


def test_memory_does_not_grow_with_the_frames(tmp_path, meta):
    image, keypoints, scores = np.zeros((8, 8, 3), np.uint8), np.zeros((4, 2)), np.ones(4)

    def peak(number):
        coco = CocoWriter(tmp_path / f'{number}.json', meta)
        arrays = ArraysWriter(tmp_path / f'{number}.npz', dict(keypoints=(4, 2)))
        tracemalloc.start()
        for index in range(number):
            coco.add(OwnFrame(str(index), '.', index, image), keypoints, scores, (0, 0, 8, 8))
            arrays.add(keypoints=keypoints)
        coco.close()
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        arrays.close()
        return size

    # 1,000 frames are 300 kB of COCO.
    peak(10)
    assert peak(2000) < peak(1000) + 50_000
    assert len(json.loads((tmp_path / '2000.json').read_text())['annotations']) == 2000
    assert np.load(tmp_path / '2000.npz')['keypoints'].shape == (2000, 4, 2)
