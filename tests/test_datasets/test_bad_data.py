import json
import logging
from itertools import islice

import cv2
import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

from kpgan_mm.datasets import DeepLabCutDataset, DrawSampler, FrameDataset, FrameFolders, FramePairDataset, FrameStrips
from kpgan_mm.datasets.bad_data import (
    BadData,
    BadDataError,
    MissingFileError,
    check_keypoints,
    collect_bad_data,
    outside,
)
from kpgan_mm.datasets.image_files import image_size, read_image
from kpgan_mm.datasets.metainfo.puppets import dataset_info as puppets
from tests.toys import METAINFO

PRIOR = dict(type='kpgan_mm.PuppetPosePrior', num_poses=20, image_size=32)
PIPELINE = [
    dict(type='kpgan_mm.LoadFramePair'),
    dict(type='mmpose.GetBBoxCenterScale', padding=1.0),
    dict(type='mmpose.RandomFlip', direction='horizontal', prob=0.5),
    dict(type='mmpose.TopdownAffine', input_size=(32, 32)),
    dict(type='kpgan_mm.PackPairInputs'),
]


@pytest.fixture
def warnings(monkeypatch):
    """Sentences that are logged, instead of the log."""
    found = []
    monkeypatch.setattr('kpgan_mm.datasets.bad_data.print_log', lambda message, **_: found.append(message))
    return found


@pytest.fixture
def folders(tmp_path):
    """Two videos of six pictures, each of its own colour."""
    rng = np.random.default_rng(0)
    for video in ('a', 'b'):
        (tmp_path / video).mkdir()
        for number in range(6):
            image = rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)
            assert cv2.imwrite(str(tmp_path / video / f'{number}.jpg'), image)
    return tmp_path


def truncate(path, share=0.8):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def pairs(root, bad_data, **options):
    source = dict(type='kpgan_mm.FrameFolders', root=str(root), bad_data=bad_data)
    return FramePairDataset(source=source, prior=PRIOR, metainfo=puppets, pipeline=PIPELINE, **options)


class TestFiles:
    def test_truncated_jpeg_is_an_error(self, folders):
        path = folders / 'a' / '0.jpg'
        whole = read_image(path)
        truncate(path)
        assert cv2.imread(str(path)) is not None  # with a grey end
        with pytest.raises(BadDataError, match='0.jpg ends too early') as caught:
            read_image(path)
        assert caught.value.kind == 'truncated' and caught.value.file == str(path)
        assert whole.shape == (32, 32, 3)

    def test_what_follows_the_end_of_a_jpeg_is_no_harm(self, folders):
        path = folders / 'a' / '0.jpg'
        whole = read_image(path)
        path.write_bytes(path.read_bytes() + b'appended by a camera')
        np.testing.assert_array_equal(read_image(path), whole)

    @pytest.mark.parametrize(('suffix', 'content'), [('png', b''), ('jpg', b'text'), ('png', None)])
    def test_unreadable(self, tmp_path, suffix, content):
        path = tmp_path / f'x.{suffix}'
        if content is None:
            cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (20, 20, 3), dtype=np.uint8))
            truncate(path)
        else:
            path.write_bytes(content)
        with pytest.raises(BadDataError, match='cannot be decoded'):
            read_image(path)

    def test_a_folder_is_no_image(self, tmp_path):
        with pytest.raises(BadDataError, match='cannot be read'):
            read_image(tmp_path)

    def test_size_from_the_header(self, tmp_path):
        for name in ('x.png', 'x.jpg', 'x.bmp'):
            cv2.imwrite(str(tmp_path / name), np.zeros((5, 7, 3), dtype=np.uint8))
            assert image_size(tmp_path / name) == (5, 7) == read_image(tmp_path / name).shape[:2]
        (tmp_path / 'x.png').write_text('text')
        with pytest.raises(BadDataError, match='cannot be decoded'):
            image_size(tmp_path / 'x.png')
        with pytest.raises(MissingFileError, match='does not exist'):
            image_size(tmp_path / 'none.png')

    def test_missing_is_both_errors(self, tmp_path):
        for kind in (FileNotFoundError, BadDataError, ValueError):
            with pytest.raises(kind, match='none.png does not exist'):
                read_image(tmp_path / 'none.png')


class TestKeypoints:
    def test_distance_from_the_picture(self):
        # A picture of 10 x 20 (width x height) reaches from -0.5 to 9.5 and to 19.5.
        points = np.array([[0, 0], [-0.5, 19.5], [-1.5, 0], [9.5, 24.5], [14.5, 39.5]])
        np.testing.assert_allclose(outside(points, (20, 10)), [0, 0, 0.1, 0.25, 1])

    def test_only_labelled_points_count(self):
        keypoints = np.array([[5, 5], [90, 5], [np.nan, 5]])
        check_keypoints(keypoints, [1, 0, 0], (10, 10), 'x.json')
        with pytest.raises(BadDataError, match=r'x.json, line 4: keypoint foot at \(90, 5\) is outside') as caught:
            check_keypoints(keypoints, [1, 1, 0], (10, 10), 'x.json', 'line 4', ['head', 'foot', 'hand'])
        assert (caught.value.kind, caught.value.line) == ('label-outside', 'line 4')
        with pytest.raises(BadDataError, match='is no number') as caught:
            check_keypoints(keypoints, [1, 0, 1], (10, 10), 'x.json')
        assert caught.value.kind == 'label-not-finite'

    def test_a_little_outside_is_fine(self):
        check_keypoints(np.array([[11.9, 5]]), [1], (10, 10), 'x.json')
        with pytest.raises(BadDataError):
            check_keypoints(np.array([[12.1, 5]]), [1], (10, 10), 'x.json')


class TestPolicy:
    def test_there_are_two(self):
        with pytest.raises(ValueError, match="bad_data is 'refuse' or 'skip', got 'ignore'"):
            BadData('ignore', 'x')

    def test_plain_errors_count_for_a_named_file_only(self):
        bad = BadData('skip', 'videos')
        with bad.leaving_out('x.mp4', 'empty-video'):
            raise ValueError('no frame in x.mp4')
        assert (bad.left_out[0].kind, bad.left_out[0].file) == ('empty-video', 'x.mp4')
        with pytest.raises(ValueError, match='a mistake'), bad.leaving_out():
            raise ValueError('a mistake')

    def test_refusal_says_what_to_do(self):
        bad = BadData('refuse', 'x')
        for meet in (bad.found, bad.met):
            with pytest.raises(BadDataError, match="x.jpg is bad; .*check_dataset.*bad_data='skip'") as caught:
                meet(BadDataError('x.jpg is bad', 'truncated', 'x.jpg', 'frame 3'))
            assert (caught.value.kind, caught.value.file, caught.value.line) == ('truncated', 'x.jpg', 'frame 3')

    def test_a_check_collects_instead(self):
        found = []
        with collect_bad_data(found.append):
            BadData('refuse', 'x').found(BadDataError('bad'))
        assert [str(error) for error in found] == ['bad']

    def test_each_file_is_logged_once(self, warnings):
        bad = BadData('skip', 'x')
        for name in ('a.jpg', 'b.jpg', 'a.jpg'):
            bad.met(BadDataError(f'{name} is bad', file=name))
        assert [message.split()[0] for message in warnings] == ['a.jpg', 'b.jpg']

    def test_survives_the_way_back_from_a_worker(self):
        """Torch builds the exception again from its message alone."""
        assert BadDataError('message').kind == 'unreadable'


class TestTraining:
    def test_refused_before_training(self, folders):
        (folders / 'a' / '2.jpg').write_bytes(b'')
        with pytest.raises(BadDataError, match=r'2.jpg is empty \(0 bytes\); .*check_dataset.py'):
            pairs(folders, 'refuse')
        (folders / 'a' / '2.jpg').unlink()
        (folders / 'a' / '2.jpg').symlink_to(folders / 'nowhere.jpg')
        with pytest.raises(MissingFileError, match='2.jpg does not exist'):
            pairs(folders, 'refuse')

    def test_left_out_before_training(self, folders, warnings):
        (folders / 'a' / '2.jpg').write_bytes(b'')
        dataset = pairs(folders, 'skip')
        assert len(dataset.source.frames) == 11 and [len(video) for video in dataset.videos] == [5, 6]
        assert len(warnings) == 1 and 'left out 1 of 12 frames' in warnings[0] and '2.jpg is empty' in warnings[0]

    def test_nothing_left(self, folders):
        for path in folders.rglob('*.jpg'):
            path.write_bytes(b'')
        with pytest.raises(ValueError, match='no frame of .* can be used: 12 items are bad, the first'):
            pairs(folders, 'skip')

    def test_unreadable_frame_met_while_training(self, folders):
        for number in range(6):
            truncate(folders / 'b' / f'{number}.jpg')
        dataset = pairs(folders, 'refuse')
        with pytest.raises(BadDataError, match="jpg ends too early .*check_dataset.py CONFIG.*bad_data='skip'"):
            for index in range(20):
                dataset[index]

    def test_another_sample_is_drawn(self, folders, warnings):
        sound = pairs(folders, 'skip')
        before = [sound[index] for index in range(20)]
        truncate(folders / 'b' / '0.jpg')
        truncate(folders / 'b' / '3.jpg')
        dataset = pairs(folders, 'skip')
        after = [dataset[index] for index in range(20)]
        damaged = {str(folders / 'b' / f'{number}.jpg') for number in (0, 3)}
        changed = 0
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            info = sound.get_data_info(index)
            if damaged & {info['img_path'], info['ref_img_path']}:
                changed += 1
                assert new['data_samples'].img_path not in damaged
            else:  # the others are untouched
                assert torch.equal(old['inputs'], new['inputs']) and torch.equal(old['ref_inputs'], new['ref_inputs'])
        assert changed > 2 and len(warnings) == 2
        # A pure function of the index: in any order, and by any other copy of the set.
        other = pairs(folders, 'skip')
        for index in reversed(range(20)):
            again = other[index]
            assert torch.equal(again['inputs'], after[index]['inputs'])
            assert torch.equal(again['ref_inputs'], after[index]['ref_inputs'])

    def test_workers_change_nothing(self, folders):
        truncate(folders / 'a' / '1.jpg')
        truncate(folders / 'b' / '4.jpg')
        dataset, streams = pairs(folders, 'skip'), []
        for workers in (0, 1, 2):
            sampler = DrawSampler(dataset, seed=3)
            loader = DataLoader(dataset, batch_size=4, sampler=sampler, num_workers=workers, collate_fn=pseudo_collate)
            streams.append(torch.stack([torch.stack(batch['inputs']) for batch in islice(loader, 4)]))
        assert torch.equal(streams[0], streams[1]) and torch.equal(streams[0], streams[2])

    def test_workers_log_a_file_once(self, folders, capfd):
        for number in range(5):
            truncate(folders / 'b' / f'{number}.jpg')
        dataset = pairs(folders, 'skip')
        loader = DataLoader(
            dataset, batch_size=4, sampler=DrawSampler(dataset, seed=3), num_workers=2, collate_fn=pseudo_collate
        )
        logging.getLogger().setLevel(logging.WARNING)
        list(islice(loader, 10))
        capfd.readouterr()
        keys = dataset.bad_data._logged[dataset.bad_data._logged != 0].tolist()
        # Two workers that meet a file at the same moment may both log it.
        assert 3 <= len(set(keys)) <= 5 and len(keys) <= len(set(keys)) + 1

    def test_an_error_of_a_worker_names_the_file(self, folders):
        for path in folders.rglob('*.jpg'):
            truncate(path)
        dataset = pairs(folders, 'refuse')
        loader = DataLoader(dataset, batch_size=2, sampler=DrawSampler(dataset, seed=1), num_workers=1)
        with pytest.raises(BadDataError, match="jpg ends too early .*bad_data='skip'"):
            next(iter(loader))

    def test_all_damaged_is_one_error(self, folders):
        for path in folders.rglob('*.jpg'):
            truncate(path)
        with pytest.raises(BadDataError, match='20 samples in a row could not be read, .*damaged as a whole'):
            pairs(folders, 'skip')[0]

    def test_frames_and_masks_of_other_sizes(self, folders):
        cv2.imwrite(str(folders / 'a' / '0.jpg'), np.zeros((32, 40, 3), dtype=np.uint8))
        dataset = pairs(folders, 'skip')
        assert all(dataset[index]['inputs'].shape == (3, 32, 32) for index in range(20))
        dataset = pairs(folders, 'refuse')
        with pytest.raises(BadDataError, match='differ in size') as caught:
            for index in range(40):
                dataset[index]
        assert caught.value.kind == 'frame-size'

    def test_sources_that_read_when_asked(self, folders):
        """Their errors are plain ones."""

        class Lazy(list):
            def __getitem__(self, index):
                if index == 1:
                    raise ValueError('frame 1 of x.mp4 cannot be decoded')
                return list.__getitem__(self, index)

        dataset = pairs(folders, 'skip')
        dataset.source.frames = Lazy(dataset.source.frames)
        for index in range(20):
            assert dataset[index]['inputs'].shape == (3, 32, 32)


class TestSources:
    def test_strips(self, tmp_path, warnings):
        strip = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
        for name, image in (('a', strip), ('b', strip[:, :-3]), ('c', strip)):
            cv2.imwrite(str(tmp_path / f'{name}.jpg'), image)
        truncate(tmp_path / 'c.jpg', 0.9)
        with pytest.raises(BadDataError, match='29 pixels wide, no multiple of 8'):
            FrameStrips(str(tmp_path), 8)
        source = FrameStrips(str(tmp_path), 8, bad_data='skip')
        assert {frame['video_id'] for frame in source.frames} == {'a'} and len(source) == 4
        assert [error.kind for error in source.bad_data.left_out] == ['strip-width', 'truncated']
        assert len(warnings) == 1 and 'left out 2 of' in warnings[0]

    def test_background_subtraction(self, folders, warnings):
        truncate(folders / 'a' / '0.jpg')
        for number in range(2, 6):
            (folders / 'b' / f'{number}.jpg').unlink()
        with pytest.raises(BadDataError, match='ends too early'):
            FrameFolders(str(folders), background_subtraction=dict())
        source = FrameFolders(str(folders), background_subtraction=dict(), bad_data='skip')
        assert len(source) == 5 and all('foreground' in frame for frame in source.frames)
        assert [error.kind for error in source.bad_data.left_out] == ['truncated', 'short-video']


def annotated(root, keypoints, bad_data, entries=None, **options):
    """A test set of a picture of 20 x 10 for each list of keypoints."""
    images, annotations = [], []
    for number, points in enumerate(keypoints):
        cv2.imwrite(str(root / f'{number}.png'), np.full((10, 20, 3), number, dtype=np.uint8))
        images.append(dict(id=number, file_name=f'{number}.png', video_id='v', frame_id=number))
        annotations.append(dict(id=100 + number, image_id=number, bbox=[0, 0, 8, 8], keypoints=points))
    annotations.extend(entries or [])
    (root / 'x.json').write_text(json.dumps(dict(images=images, annotations=annotations)))
    source = dict(type='kpgan_mm.AnnotatedFrames', data_root=str(root), ann_file='x.json', bad_data=bad_data)
    pipeline = [dict(type='mmpose.LoadImage'), dict(type='mmpose.PackPoseInputs', meta_keys=('id',))]
    return FrameDataset(source, METAINFO, **(dict(pipeline=pipeline, test_mode=True) | options))


GOOD = [3, 4, 2] * 4


class TestLabels:
    @pytest.mark.parametrize(
        ('bad', 'words', 'kind'),
        [
            ([3, 4, 2] * 3, 'annotation 101: 3 joints at a frame, but metainfo "toy" has 4', 'joint-count'),
            ([3, 4, 2, 1], 'annotation 101: keypoints are 4 numbers, no triples', 'joint-count'),
            ([300, 4, 2] + GOOD[3:], r'annotation 101: keypoint head at \(300, 4\) is outside', 'label-outside'),
            ([float('nan'), 4, 2] + GOOD[3:], 'annotation 101: keypoint head at .* is no number', 'label-not-finite'),
        ],
    )
    def test_refused_or_skipped(self, tmp_path, warnings, bad, words, kind):
        with pytest.raises(BadDataError, match=words):
            annotated(tmp_path, [GOOD, bad], 'refuse')
        dataset = annotated(tmp_path, [GOOD, bad, GOOD], 'skip')
        assert [dataset[index]['inputs'][0, 0, 0].item() for index in range(len(dataset))] == [0, 2]
        assert [error.kind for error in dataset.bad_data.left_out] == [kind] and warnings

    def test_entries(self, tmp_path):
        second = dict(id=7, image_id=0, bbox=[0, 0, 8, 8], keypoints=GOOD)
        with pytest.raises(BadDataError, match='image 0 has several instances'):
            annotated(tmp_path, [GOOD, GOOD], 'refuse', [second])
        assert len(annotated(tmp_path, [GOOD, GOOD], 'skip', [second])) == 1
        flat = dict(second, image_id=5, bbox=[0, 0, 0, 8])
        with pytest.raises(BadDataError, match='annotation 7: bbox .* is no .* box with an area'):
            annotated(tmp_path, [GOOD], 'refuse', [flat])

    def test_a_skeleton_that_fits_nothing(self, tmp_path):
        with pytest.raises(ValueError, match='no frame of .* can be used, the first because .*3 joints'):
            annotated(tmp_path, [[3, 4, 2] * 3] * 2, 'skip')

    def test_test_sets_are_decoded_beforehand(self, tmp_path):
        """No other sample can stand in for one that is measured."""
        annotated(tmp_path, [GOOD] * 3, 'refuse')
        images = np.random.default_rng(0).integers(0, 255, (10, 20, 3), dtype=np.uint8)
        real_write = cv2.imwrite
        dataset = annotated(tmp_path, [GOOD] * 3, 'skip')
        assert len(dataset) == 3
        real_write(str(tmp_path / '1.png'), images)
        truncate(tmp_path / '1.png')
        source = dict(type='kpgan_mm.AnnotatedFrames', data_root=str(tmp_path), ann_file='x.json', bad_data='skip')
        kept = FrameDataset(source, METAINFO, pipeline=[dict(type='mmpose.LoadImage')])
        assert [kept.get_data_info(index)['frame_id'] for index in range(len(kept))] == [0, 2]

    def test_missing_pictures_do_not_matter_to_who_reads_labels_only(self, tmp_path):
        annotated(tmp_path, [GOOD] * 2, 'refuse')
        (tmp_path / '1.png').unlink()
        source = dict(type='kpgan_mm.AnnotatedFrames', data_root=str(tmp_path), ann_file='x.json')
        assert len(FrameDataset(source, METAINFO)) == 2
        with pytest.raises(MissingFileError, match='1.png does not exist'):
            FrameDataset(source, METAINFO, pipeline=[dict(type='mmpose.LoadImage')])

    def test_an_unreadable_test_frame_says_what_to_do(self, tmp_path):
        (tmp_path / 'frames').mkdir()
        rng = np.random.default_rng(0)
        for number in range(2):
            cv2.imwrite(str(tmp_path / 'frames' / f'{number}.jpg'), rng.integers(0, 255, (30, 30, 3), dtype=np.uint8))
        truncate(tmp_path / 'frames' / '1.jpg')
        source = dict(type='kpgan_mm.FrameFolders', root=str(tmp_path / 'frames'))
        dataset = FrameDataset(source, METAINFO, pipeline=[dict(type='mmpose.LoadImage')], test_mode=True)
        dataset[0]
        with pytest.raises(BadDataError, match='1.jpg .*check_dataset.py'):
            dataset[1]


class TestTables:
    @pytest.fixture
    def table(self, tmp_path):
        names = [info['name'] for info in METAINFO['keypoint_info'].values()]
        rows = [
            ['scorer'] + ['me'] * 8,
            ['bodyparts'] + [name for name in names for _ in 'xy'],
            ['coords'] + ['x', 'y'] * 4,
            *([f'{number}.png'] + ['3', '4'] * 4 for number in range(6)),
        ]
        for number in range(6):
            cv2.imwrite(str(tmp_path / f'{number}.png'), np.full((10, 20, 3), number, dtype=np.uint8))

        def write(**changes):
            for place, value in changes.items():
                row, column = map(int, place[1:].split('_'))
                rows[row][column] = value
            (tmp_path / 'x.csv').write_text('\n'.join(','.join(row) for row in rows))
            return str(tmp_path / 'x.csv')

        return write

    @pytest.mark.parametrize(
        ('changes', 'words', 'kind'),
        [
            (dict(r4_1='300'), r'x.csv, line 5: keypoint head at \(300, 4\) is outside', 'label-outside'),
            (dict(r4_1='abc'), 'x.csv, line 5: "abc" of head is no number', 'label-not-finite'),
            (dict(r4_8='4,5'), 'x.csv, line 5: 10 fields, where the headers have 9', 'bad-entry'),
            (dict(r4_0='none.png'), 'none.png does not exist', 'missing-file'),
        ],
    )
    def test_rows(self, table, changes, words, kind):
        file = table(**changes)
        with pytest.raises(BadDataError, match=words):
            DeepLabCutDataset(file, METAINFO)
        dataset = DeepLabCutDataset(file, METAINFO, bad_data='skip')
        assert [dataset.get_data_info(i)['id'] for i in range(len(dataset))] == [0, 2, 3, 4, 5]
        assert [error.kind for error in dataset.bad_data.left_out] == [kind]

    def test_halves_stay_disjoint(self, table, tmp_path):
        file = table()
        (tmp_path / '2.png').write_bytes(b'')
        halves = [DeepLabCutDataset(file, METAINFO, split=split, bad_data='skip') for split in ('prior', 'test')]
        ids = [[half.get_data_info(i)['id'] for i in range(len(half))] for half in halves]
        assert ids == [[0, 4], [1, 3, 5]]

    def test_all_bad(self, table, tmp_path):
        file = table()
        for number in range(6):
            (tmp_path / f'{number}.png').unlink()
        with pytest.raises(ValueError, match='no frame of .* can be used, the first because'):
            DeepLabCutDataset(file, METAINFO, bad_data='skip')
