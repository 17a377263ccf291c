import cv2
import numpy as np
import pytest

from kpgan_mm.datasets import FramePairDataset, VideoClips
from kpgan_mm.datasets.bad_data import BadDataError
from kpgan_mm.datasets.metainfo.face_68 import dataset_info
from kpgan_mm.datasets.video_clips import read_boxes, read_frame_at
from tests.faces import face, write_pts

BOX_FILE = """Identity  : \tid00017
Reference : \t_mjZ87sK6cA
Offset    : \t2
FV Conf   : \t16.140\t(1)
ASD Conf  : \t5.142

FRAME \tX \tY \tW \tH \n"""


def write_clip(path, num_frames, size=(48, 32)):
    """An mp4 whose frame n is of grey level 8 n."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 25, size)
    for number in range(num_frames):
        writer.write(np.full((size[1], size[0], 3), 8 * number, dtype=np.uint8))
    writer.release()


def write_boxes(path, boxes, first=8809):
    """A box file as VoxCeleb2 has it, of (x, y, w, h) as shares of the picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f'{first + n:06d} \t' + ' \t'.join(f'{value:.3f}' for value in box) for n, box in enumerate(boxes)]
    path.write_text(BOX_FILE + '\n'.join(lines) + '\n')


@pytest.fixture
def tree(tmp_path):
    """dev/mp4/<id>/<video>/<clip>.mp4 with two clips of 10 and 30 frames."""
    root = tmp_path / 'dev' / 'mp4'
    write_clip(root / 'id00017' / '_mjZ87sK6cA' / '00002.mp4', 30)
    write_clip(root / 'id00012' / '21Uxsk56VDQ' / '00001.mp4', 10)
    return root


@pytest.fixture
def opened(monkeypatch):
    """Names of the videos that were opened."""
    names, capture = [], cv2.VideoCapture
    monkeypatch.setattr(cv2, 'VideoCapture', lambda path: names.append(path) or capture(path))
    return names


def grey(image):
    return float(image.mean())


def test_positions_are_spread_over_clips_of_any_length(tree, opened):
    source = VideoClips(str(tree), frames_per_clip=5)
    assert len(source) == 10 and source.videos() == [range(0, 5), range(5, 10)]
    assert not opened
    short = [source.frames[index] for index in source.videos()[0]]
    assert [frame['frame_id'] for frame in short] == [1, 3, 5, 7, 9]
    assert {frame['video_id'] for frame in short} == {'id00012/21Uxsk56VDQ/00001'}
    long = [source.frames[index] for index in source.videos()[1]]
    assert [frame['frame_id'] for frame in long] == [3, 9, 15, 21, 27]
    for frame in short + long:
        assert frame['img'].shape == (32, 48, 3) and 'bbox' not in frame
        assert abs(grey(frame['img']) - 8 * frame['frame_id']) < 4
    assert len(opened) == 10
    with pytest.raises(IndexError, match='frame 10 of 10'):
        source.frames[10]


def test_short_clips_repeat_frames(tree):
    frames = VideoClips(str(tree / 'id00012'), frames_per_clip=20).frames
    assert [frame['frame_id'] for frame in frames] == sorted([*range(10), *range(10)])


def test_the_list_of_clips_is_kept(tree, tmp_path):
    cache = str(tmp_path / 'cache')
    first = VideoClips(str(tree), cache_dir=cache)
    (index,) = (tmp_path / 'cache').iterdir()
    assert index.read_text().splitlines() == ['id00012/21Uxsk56VDQ/00001.mp4', 'id00017/_mjZ87sK6cA/00002.mp4']
    write_clip(tree / 'id00099' / 'x' / '00001.mp4', 3)
    assert len(VideoClips(str(tree), cache_dir=cache)) == len(first)
    assert len(VideoClips(str(tree))) == 3 * 50
    # Another tree has a list of its own.
    assert len(VideoClips(str(tree / 'id00099'), cache_dir=cache)) == 50
    index.write_text('\n')
    with pytest.raises(ValueError, match='clip index .*clips-.*.txt is empty'):
        VideoClips(str(tree), cache_dir=cache)


def test_many_clips_cost_a_listing_only(tmp_path, opened):
    for number in range(2000):
        path = tmp_path / f'id{number // 100:05d}' / 'v' / f'{number:05d}.mp4'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    source = VideoClips(str(tmp_path))
    assert len(source.videos()) == 2000 and len(source) == 100000 and not opened
    assert source.frames.clips.nbytes < 2000 * 40


class TestBoxes:
    def test_follow_the_frames(self, tree, tmp_path):
        boxes = tmp_path / 'dev' / 'txt'
        write_boxes(boxes / 'id00012/21Uxsk56VDQ/00001.txt', [(n / 20, 0.25, 0.5, 0.75) for n in range(10)])
        # Twice as many lines as frames: boxes of another frame rate.
        write_boxes(boxes / 'id00017/_mjZ87sK6cA/00002.txt', [(n / 100, 0, 0.25, 0.5) for n in range(60)])
        frames = VideoClips(str(tree), frames_per_clip=5, box_root=str(boxes)).frames
        assert frames[1]['frame_id'] == 3
        np.testing.assert_allclose(frames[1]['bbox'], [0.15 * 48, 8, 0.65 * 48, 32], rtol=1e-5)
        assert frames[6]['frame_id'] == 9
        np.testing.assert_allclose(frames[6]['bbox'], [0.19 * 48, 0, 0.44 * 48, 16], rtol=1e-5)

    @pytest.mark.parametrize(
        ('text', 'words'),
        [
            ('Identity : id1\n', 'holds no boxes after a line "FRAME X Y W H"'),
            ('FRAME X Y W H\n', 'holds no boxes'),
            ('FRAME X Y W H\n000001 0.1 0.2 0.3\n', 'line 2: expected FRAME X Y W H, got "000001 0.1 0.2 0.3"'),
            ('FRAME X Y W H\n000001 a b c d\n', 'line 2: expected FRAME'),
            ('FRAME X Y W H\n\n1 100 50 200 200\n', 'line 3: width 200 and height 200 are no shares'),
            ('FRAME X Y W H\n1 0 0 nan 1\n', 'line 2: width nan'),
        ],
    )
    def test_bad_files(self, tmp_path, text, words):
        path = tmp_path / 'boxes.txt'
        path.write_text(text)
        with pytest.raises(BadDataError, match=words):
            read_boxes(path)

    def test_missing_ones(self, tree, tmp_path):
        with pytest.raises(FileNotFoundError, match='box folder .*txt does not exist'):
            VideoClips(str(tree), box_root=str(tmp_path / 'txt'))
        (tmp_path / 'txt').mkdir()
        with pytest.raises(FileNotFoundError, match='box file .*00001.txt does not exist'):
            VideoClips(str(tree), box_root=str(tmp_path / 'txt')).frames[0]


def pairs(tree, tmp_path, **options):
    """A training set of the clips, with a padding that takes their centre."""
    write_pts(tmp_path / 'prior' / '0.pts', face(0))
    return FramePairDataset(
        source=dict(type='kpgan_mm.VideoClips', root=str(tree), frames_per_clip=5, **options),
        prior=dict(type='kpgan_mm.PtsPosePrior', paths=str(tmp_path / 'prior')),
        metainfo=dataset_info,
        frame_gap=(1, 4),
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='mmpose.GetBBoxCenterScale', padding=0.5),
            dict(type='mmpose.TopdownAffine', input_size=(16, 16)),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    )


def test_pairs_come_from_one_clip_and_open_no_other(tree, tmp_path, opened):
    dataset = pairs(tree, tmp_path)
    assert not opened
    sample = dataset[3]
    assert len(opened) == 2 and opened[0] == opened[1]
    # The later frame is the lighter one.
    assert sample['inputs'].shape == (3, 16, 16) and sample['ref_inputs'].sum() > sample['inputs'].sum()
    assert (dataset[3]['inputs'] == sample['inputs']).all()


class TestBadClips:
    def test_are_refused_in_one_sentence(self, tmp_path):
        (tmp_path / 'empty.mp4').touch()
        (tmp_path / 'broken.mp4').write_bytes(b'this is no video')
        for name, words in (
            ('empty', 'video .*empty.mp4 is empty'),
            ('broken', 'no frame could be read from .*broken.mp4: it is no video'),
            ('none', 'video .*none.mp4 does not exist'),
        ):
            with pytest.raises(BadDataError, match=words) as error:
                read_frame_at(tmp_path / f'{name}.mp4', 0.5)
            assert '\n' not in str(error.value)

    def test_that_end_early_are_named(self, tree, monkeypatch):
        class CutOff:
            def __init__(self, path):
                pass

            def isOpened(self):  # noqa: N802  (OpenCV's name)
                return True

            def get(self, key):
                return 30

            def set(self, key, value):
                return True

            def read(self):
                return False, None

            def release(self):
                pass

        monkeypatch.setattr(cv2, 'VideoCapture', CutOff)
        path = tree / 'id00017' / '_mjZ87sK6cA' / '00002.mp4'
        with pytest.raises(BadDataError, match='frame 15 of .*00002.mp4 cannot be decoded'):
            read_frame_at(path, 0.5)

    def test_are_skipped_or_refused_in_training(self, tree, tmp_path):
        (tree / 'id00012' / '21Uxsk56VDQ' / '00001.mp4').write_bytes(b'this is no video')
        refusing, skipping = pairs(tree, tmp_path), pairs(tree, tmp_path, bad_data='skip')
        with pytest.raises(BadDataError, match='00001.mp4'):
            [refusing[index] for index in range(8)]
        assert all(skipping[index]['inputs'].shape == (3, 16, 16) for index in range(8))


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match='video folder .*none does not exist'):
        VideoClips(str(tmp_path / 'none'))
    with pytest.raises(ValueError, match='no frames found in .*videos with .mp4'):
        VideoClips(str(tmp_path))
    with pytest.raises(ValueError, match='frames_per_clip of VideoClips must be positive'):
        VideoClips(str(tmp_path), frames_per_clip=0)
