"""Checks of data against files that are really damaged."""

import copy
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from kpgan_mm.datasets.checks import KINDS, Report, check_config
from kpgan_mm.datasets.checks.canvas import Canvas, canvas_of, extent_of, to_canvas
from kpgan_mm.datasets.checks.files import spread
from kpgan_mm.datasets.checks.skeleton import check_skeleton, partner_name
from tests.toys import METAINFO, ROOT

SIZE = (48, 64)  # height, width
POSE = np.array([[32, 4], [32, 24], [44, 44], [20, 44]], dtype=np.float64)
CROP = [
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=(64, 48)),
]


class Data:
    """Training folders with masks, a prior, and a labelled test set; parts of it are then damaged."""

    def __init__(self, root: Path) -> None:
        self.root, self.rng = root, np.random.default_rng(0)
        for video in ('a', 'b'):
            for number in range(6):
                self.picture(f'train/{video}/{number}.jpg')
                cv2.imwrite(self.path(f'masks/{video}/{number}.png'), np.full(SIZE, 255, dtype=np.uint8))
        self.train = [
            dict(
                id=6 * index + number,
                file_name=f'train/{video}/{number}.jpg',
                mask_file=f'masks/{video}/{number}.png',
                video_id=video,
                frame_id=number,
            )
            for index, video in enumerate('ab')
            for number in range(6)
        ]
        self.test, self.labels = [], []
        for number in range(6):
            self.picture(f'test/{number}.png')
            self.test.append(dict(id=number, file_name=f'test/{number}.png', video_id='t', frame_id=number))
            pose = POSE + self.rng.uniform(-2, 2, POSE.shape)
            triples = np.concatenate([pose, np.full((4, 1), 2)], axis=1).round(2)
            box = [0, 0, SIZE[1], SIZE[0]]
            self.labels.append(dict(id=50 + number, image_id=number, bbox=box, keypoints=triples.ravel().tolist()))
        self.poses = POSE + self.rng.uniform(-2, 2, (30, 4, 2))
        self.metainfo = copy.deepcopy(METAINFO)
        self.prior = dict(type='kpgan_mm.NpzPosePrior', file=str(root / 'prior.npz'), size=SIZE)
        self.changes = {}

    def path(self, name):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)

    def picture(self, name, size=SIZE):
        assert cv2.imwrite(self.path(name), self.rng.integers(0, 255, (*size, 3), dtype=np.uint8))

    def truncate(self, name, share=0.8):
        content = Path(self.path(name)).read_bytes()
        Path(self.path(name)).write_bytes(content[: int(share * len(content))])

    def source(self, name):
        return dict(type='kpgan_mm.AnnotatedFrames', data_root=str(self.root), ann_file=f'{name}.json')

    def config(self):
        """Path of the configuration, after all files are written."""
        Path(self.path('train.json')).write_text(json.dumps(dict(images=self.train)))
        Path(self.path('test.json')).write_text(json.dumps(dict(images=self.test, annotations=self.labels)))
        np.savez(self.path('prior.npz'), keypoints=self.poses.astype(np.float32))
        train = dict(
            type='kpgan_mm.FramePairDataset',
            source=self.source('train'),
            prior=self.prior,
            metainfo=self.metainfo,
            pipeline=[dict(type='kpgan_mm.LoadFramePair'), *CROP, dict(type='kpgan_mm.PackPairInputs')],
        )
        test = dict(
            type='kpgan_mm.FrameDataset',
            source=self.source('test'),
            metainfo=self.metainfo,
            test_mode=True,
            pipeline=[dict(type='LoadImage'), *CROP, dict(type='PackPoseInputs')],
        )
        content = dict(default_scope='mmpose', train_dataloader=dict(dataset=train), val_dataloader=dict(dataset=test))
        content['test_dataloader'] = content['val_dataloader']
        for key, value in self.changes.items():
            *way, last = key.split('.')
            place = content
            for step in way:
                place = place[step]
            place[last] = value
        file = self.root / 'config.py'
        file.write_text('\n'.join(f'{key} = {value!r}' for key, value in content.items()))
        return file

    def check(self, **options):
        return check_config(self.config(), **options)


@pytest.fixture
def data(tmp_path):
    return Data(tmp_path)


def kinds(report):
    return sorted({problem.kind for problem in report.problems})


def one(report, kind):
    """The only problem, which must be of this kind."""
    assert [problem.kind for problem in report.problems] == [kind], report.problems
    problem = report.problems[0]
    assert problem.mend and problem.severity == KINDS[kind].severity
    return problem


def test_sound_data(data):
    report = data.check()
    assert report.problems == [] and report.exit_code == 0
    assert report.looked_at['images'] == 18 and report.looked_at['prior poses'] == 30
    assert report.looked_at['labels'] == 6 and report.looked_at['videos'] == 3


class TestFiles:
    def test_missing_frame(self, data):
        Path(data.path('train/a/2.jpg')).unlink()
        problem = one(data.check(), 'missing-file')
        assert problem.file.endswith('train/a/2.jpg') and problem.where == 'train' and data.check().exit_code == 1

    @pytest.mark.parametrize('full', [False, True])
    def test_truncated_jpg(self, data, full):
        data.truncate('train/a/2.jpg')
        assert one(data.check(full=full), 'truncated').file.endswith('train/a/2.jpg')

    def test_zero_byte_png(self, data):
        Path(data.path('test/3.png')).write_bytes(b'')
        assert one(data.check(), 'empty-file').file.endswith('test/3.png')

    def test_damage_within_is_found_by_decoding(self, data):
        path = Path(data.path('test/3.png'))
        content = bytearray(path.read_bytes())
        content[len(content) // 2 : len(content) // 2 + 40] = bytes(40)
        path.write_bytes(bytes(content))
        assert one(data.check(full=True), 'unreadable').file.endswith('test/3.png')

    def test_text_instead_of_a_picture(self, data):
        Path(data.path('train/b/0.jpg')).write_text('not found')
        assert one(data.check(), 'unreadable').file.endswith('train/b/0.jpg')

    def test_masks(self, data):
        cv2.imwrite(data.path('masks/a/0.png'), np.full((10, 12), 255, dtype=np.uint8))
        problem = one(data.check(), 'mask-size')
        assert problem.file.endswith('masks/a/0.png') and '12 x 10 for' in problem.what and '64 x 48' in problem.what
        cv2.imwrite(data.path('masks/a/0.png'), np.zeros(SIZE, dtype=np.uint8))
        assert one(data.check(), 'empty-mask').file.endswith('masks/a/0.png')
        Path(data.path('masks/a/0.png')).unlink()
        assert one(data.check(), 'missing-file').what.startswith('mask ')
        cv2.imwrite(data.path('masks/a/0.png'), np.full(SIZE, 255, dtype=np.uint8))
        data.truncate('masks/a/0.png')
        assert one(data.check(), 'truncated').file.endswith('masks/a/0.png')

    def test_frame_of_another_size(self, data):
        data.picture('train/a/4.jpg', (48, 50))
        report = data.check()
        assert 'frame-size' in kinds(report)
        problem = next(problem for problem in report.problems if problem.kind == 'frame-size')
        assert problem.file.endswith('train/a/4.jpg') and problem.line == 'frame 4' and '50 x 48' in problem.what

    def test_constant_video(self, data):
        image = cv2.imread(data.path('train/a/0.jpg'))
        for number in range(6):
            cv2.imwrite(data.path(f'train/a/{number}.jpg'), image)
        assert one(data.check(), 'constant-video').line == 'video a'

    def test_short_video(self, data):
        data.changes['train_dataloader.dataset.frame_gap'] = (3, 5)
        data.train = [image for image in data.train if image['video_id'] == 'a' or image['frame_id'] < 2]
        problem = one(data.check(), 'short-for-gap')
        assert problem.line == 'video b' and '2 frames' in problem.what

    def test_folders(self, data):
        data.changes['train_dataloader.dataset.source'] = dict(
            type='kpgan_mm.FrameFolders', root=str(data.root / 'train')
        )
        (data.root / 'train' / 'c').mkdir()
        for number in range(6, 20):
            data.picture(f'train/a/{number}.jpg')
        Path(data.path('train/a/11.jpg')).unlink()
        report = data.check()
        assert kinds(report) == ['empty-video', 'number-gap']
        folder, gap = report.problems
        assert folder.file.endswith('train/c') and gap.line == 'frame 11'

    def test_strips(self, data):
        data.changes['train_dataloader.dataset.source'] = dict(
            type='kpgan_mm.FrameStrips', root=str(data.root / 'strips'), frame_width=64
        )
        data.picture('strips/0.png', (48, 64 * 6))
        data.picture('strips/1.png', (48, 64 * 6 - 3))
        assert one(data.check(), 'strip-width').file.endswith('strips/1.png')

    def test_nothing_left(self, data):
        for video in 'ab':
            for number in range(6):
                Path(data.path(f'train/{video}/{number}.jpg')).write_bytes(b'')
        report = data.check()
        assert kinds(report) == ['empty-file', 'no-frames']
        assert sum(problem.kind == 'empty-file' for problem in report.problems) == 12


class TestVideos:
    @pytest.fixture
    def videos(self, data):
        data.changes['train_dataloader.dataset.source'] = dict(
            type='kpgan_mm.VideoFiles', files=str(data.root / 'videos'), cache_dir=str(data.root / 'cache')
        )
        writer = cv2.VideoWriter(data.path('videos/good.mp4'), cv2.VideoWriter_fourcc(*'mp4v'), 10, SIZE[::-1])
        for _ in range(8):
            writer.write(data.rng.integers(0, 255, (*SIZE, 3), dtype=np.uint8))
        writer.release()
        return data

    def test_sound(self, videos):
        report = videos.check(full=True)
        assert report.problems == [] and report.looked_at['video files'] == 1

    def test_empty_and_unreadable(self, videos):
        Path(videos.path('videos/empty.mp4')).write_bytes(b'')
        Path(videos.path('videos/noise.mp4')).write_bytes(b'no video' * 50)
        report = videos.check()
        found = {Path(problem.file).name: problem.kind for problem in report.problems}
        assert found == {'empty.mp4': 'empty-video', 'noise.mp4': 'unreadable-video'} and report.exit_code == 1
        Path(videos.path('videos/good.mp4')).unlink()
        assert 'no-frames' in kinds(videos.check())


class TestLabels:
    def test_outside(self, data):
        data.labels[2]['keypoints'][3:5] = [900, 20]
        problem = one(data.check(), 'label-outside')
        assert problem.line == 'annotation 52' and problem.file.endswith('test.json')
        assert 'keypoint hip at (900, 20)' in problem.what

    def test_near_the_edge(self, data):
        data.labels[2]['keypoints'][7] = 50
        problem = one(data.check(), 'label-near-edge')
        assert problem.line == 'annotation 52' and problem.what.startswith('left_foot just outside')
        assert data.check().exit_code == 0

    def test_wrong_number_of_joints(self, data):
        data.labels[1]['keypoints'] += [1, 2, 2]
        problem = one(data.check(), 'joint-count')
        assert problem.line == 'annotation 51' and '5 joints' in problem.what and '"toy" has 4' in problem.what

    def test_entries(self, data):
        data.labels[0]['bbox'] = [3, 4, 0, 5]
        data.labels[1]['image_id'] = 2
        del data.test[5]['video_id']
        report = data.check()
        found = {problem.line: problem.kind for problem in report.problems}
        assert found == {
            'annotation 50': 'empty-box', 'image 2': 'several-instances', 'image 5': 'bad-entry',
        }  # fmt: skip

    def test_all_invisible(self, data):
        data.labels[4]['keypoints'] = [0] * 12
        assert one(data.check(), 'invisible').line == 'annotation 54'

    def test_tiny_figure(self, data):
        tiny = np.concatenate([20 + POSE / 8, np.full((4, 1), 2)], axis=1)
        data.labels[4]['keypoints'] = tiny.ravel().tolist()
        problem = one(data.check(), 'tiny-figure')
        # 40 of 48 rows, an eighth of it: 5 rows, of 47 from the first centre to the last, and 3 of 63 columns.
        assert problem.line == 'annotation 54' and 'fills 11%' in problem.what

    def test_no_json(self, data):
        file = data.config()
        Path(data.path('test.json')).write_text('{"images": [')
        report = check_config(file)
        assert report.exit_code == 1 and 'is no JSON' in report.problems[0].what


class TestMMPoseDataSets:
    """Those of MMPose crash on bad entries or drop them in silence."""

    @pytest.fixture
    def coco(self, data):
        test = dict(
            type='CocoDataset',
            data_root=str(data.root),
            ann_file='test.json',
            metainfo=data.metainfo,
            test_mode=True,
            pipeline=[dict(type='LoadImage'), *CROP, dict(type='PackPoseInputs')],
        )
        for label in data.labels:
            label.update(area=100, iscrowd=0, category_id=1, num_keypoints=4)
        for image in data.test:
            image.update(width=SIZE[1], height=SIZE[0])
        write = data.config

        def config():
            file = write()
            path = Path(data.path('test.json'))
            path.write_text(json.dumps(json.loads(path.read_text()) | dict(categories=[dict(id=1, name='x')])))
            return file

        data.config = config
        data.changes['val_dataloader.dataset'] = data.changes['test_dataloader.dataset'] = test
        return data

    def test_sound(self, coco):
        report = coco.check()
        assert report.problems == [] and report.looked_at['labels'] == 6

    def test_entries(self, coco):
        coco.labels[0]['keypoints'] = coco.labels[0]['keypoints'][:9]
        coco.labels[1]['bbox'] = [1, 1, 0, 0]
        coco.labels[2]['keypoints'] = [0] * 12
        coco.labels[3]['keypoints'][0] = -400
        coco.test[4]['width'] = 640
        Path(coco.path('test/5.png')).unlink()
        report = coco.check()
        found = {problem.line or Path(problem.file).name: problem.kind for problem in report.problems}
        assert found['annotation 50'] == 'joint-count' and found['annotation 51'] == 'empty-box'
        assert found['annotation 52'] == 'invisible' and found['image 4'] == 'size-mismatch'
        assert found['5.png'] == 'missing-file' and 'label-outside' in found.values()
        assert report.exit_code == 1

    def test_the_metainfo_of_coco_for_other_labels(self, coco):
        """The most frequent question: nothing says so, and the default has 17 joints."""
        del coco.changes['val_dataloader.dataset']['metainfo']  # the test's is the same
        report = coco.check()
        problems = [problem for problem in report.problems if problem.kind == 'joint-count']
        assert len(problems) >= 6 and '4 joints, but the metainfo has 17' in problems[0].what
        assert "MMPose's default is COCO's 17" in problems[0].mend

    def test_mmpose_samples(self, shared_data, coco):
        """MMPose's own test data, or the made-up set."""
        if shared_data is not None:
            coco.changes['val_dataloader.dataset'].update(
                data_root=str(shared_data / 'mmpose_samples' / 'coco'), ann_file='test_coco.json', metainfo=None
            )
            coco.changes['val_dataloader.dataset']['data_prefix'] = dict(img='')
        report = coco.check(splits=('val',))
        assert report.looked_at['labels'] > 5 and report.exit_code == 0


class TestPrior:
    def test_wrong_number_of_joints(self, data):
        data.poses = data.poses[:, :3]
        problem = one(data.check(), 'joint-count')
        assert problem.file.endswith('prior.npz') and 'poses of 3 joints' in problem.what

    def test_not_finite(self, data):
        data.poses[[3, 7], 1, 0] = np.nan
        problem = one(data.check(), 'prior-incomplete')
        assert '2 of 30 poses' in problem.what and 'rows 3, 7' in problem.what and problem.line == 'array keypoints'

    def test_cannot_be_built(self, data):
        data.prior['key'] = 'poses'
        assert 'has no array poses; it holds keypoints' in one(data.check(), 'prior').what
        file = data.config()
        Path(data.path('prior.npz')).write_text('no zip')
        assert 'unreadable' in kinds(check_config(file))

    def test_outside_the_canvas(self, data):
        data.poses *= 2
        assert kinds(data.check()) == ['prior-extent', 'prior-outside']

    def test_another_extent_than_the_pictures(self, data):
        data.poses = 20 + data.poses / 3
        problem = one(data.check(), 'prior-extent')
        assert 'labels of val' in problem.what

    def test_poses_of_the_test(self, data):
        data.poses[:4] = [np.reshape(label['keypoints'], (4, 3))[:, :2] + [1, -1] for label in data.labels[:4]]
        assert '4 of 6 labels of val' in one(data.check(), 'pose-in-test').what


class TestAcrossSplits:
    def test_the_same_picture(self, data):
        Path(data.path('test/1.png')).write_bytes(Path(data.path('train/b/2.jpg')).read_bytes())
        problem = one(data.check(), 'duplicate')
        assert problem.file.endswith('test/1.png') and 'train/b/2.jpg' in problem.what

    def test_padded_files_of_one_length_are_not_the_same(self, data):
        contents = [Path(data.path(name)).read_bytes() for name in ('train/b/2.jpg', 'test/1.png')]
        length = max(map(len, contents)) + 5000
        for name, content in zip(('train/b/2.jpg', 'test/1.png'), contents, strict=True):
            Path(data.path(name)).write_bytes(content.ljust(length, b'0'))
        assert data.check().problems == []

    def test_the_same_video(self, data):
        for number in range(3):
            data.test[number].update(file_name=f'train/b/{number}.jpg', video_id='b')
        data.train = [image for image in data.train if image['video_id'] == 'a' or image['frame_id'] > 2]
        assert one(data.check(), 'shared-video').line == 'video b'


class TestSkeleton:
    def test_sides(self):
        names = ['left_foot', 'right_foot', 'paw_L', 'paw_R', 'eyeL', 'eyeR', 'l_ear', 'r_ear', 'pelvis', 'tail']
        partners = {name: partner_name(name, names) for name in names}
        assert {name for name, partner in partners.items() if partner} == {'left_foot', 'paw_L', 'eyeL', 'l_ear'}
        assert partners['eyeL'] == 'eyeR' and partners['l_ear'] == 'r_ear'

    @pytest.mark.parametrize(
        ('change', 'kind', 'words'),
        [
            (dict(swap='right_hand'), 'swap', 'swap of left_foot is right_hand, which is no keypoint'),
            (dict(swap='head'), 'swap', 'swap of left_foot is head, but that of head is empty'),
            (dict(id=7), 'metainfo', 'ids of keypoint_info are [0, 1, 3, 7], not 0 to 3'),
            (dict(name='head'), 'metainfo', 'two keypoints are called head'),
        ],
    )
    def test_wrong(self, data, change, kind, words):
        data.metainfo['keypoint_info'][2].update(change)
        report = data.check()
        assert report.exit_code == 1
        assert any(problem.kind == kind and words in problem.what for problem in report.problems)

    def test_no_swaps(self, data):
        for index in (2, 3):
            data.metainfo['keypoint_info'][index]['swap'] = ''
        problem = one(data.check(), 'no-swap')
        assert 'left_foot and right_foot look like partners' in problem.what
        data.changes['train_dataloader.dataset.pipeline'] = [
            dict(type='kpgan_mm.LoadFramePair'),
            CROP[0],
            dict(type='RandomFlip', direction='horizontal'),
            CROP[1],
            dict(type='kpgan_mm.PackPairInputs'),
        ]
        assert kinds(data.check()) == ['flip-without-swaps', 'no-swap']

    def test_links(self):
        metainfo = copy.deepcopy(METAINFO) | dict(rendered_links=[('head', 'hip'), (('head', 'hip'), 'left_hand')])
        report = Report()
        check_skeleton(metainfo, 'x.py', 'train', report)
        assert [(problem.kind, problem.what) for problem in report.problems] == [
            ('link', "link (('head', 'hip'), 'left_hand') ends at left_hand, which is no keypoint"),
            ('unlinked-joint', 'left_foot is on no link that is drawn'),
            ('unlinked-joint', 'right_foot is on no link that is drawn'),
        ]

    def test_weights(self):
        report = Report()
        check_skeleton(METAINFO | dict(sigmas=[0.1] * 3), 'x.py', 'train', report)
        assert report.problems[0].what == 'sigmas has 3 numbers for 4 joints'


class TestConfiguration:
    def test_there_is_none(self, tmp_path):
        report = check_config(tmp_path / 'none.py')
        assert report.exit_code == 2 and 'There is no configuration' in report.problems[0].what

    def test_a_program_that_fails(self, tmp_path):
        (tmp_path / 'x.py').write_text('a = 1 / 0')
        assert check_config(tmp_path / 'x.py').exit_code == 2

    def test_no_data(self, tmp_path):
        (tmp_path / 'x.py').write_text("default_scope = 'mmpose'")
        assert 'no data set for train' in check_config(tmp_path / 'x.py').problems[0].what

    def test_files_that_it_names(self):
        report = check_config(ROOT / 'configs' / 'kpgan_mouse.py', dict(data_root='/nowhere'))
        assert report.exit_code == 2 and {problem.kind for problem in report.problems} == {'named-file'}
        assert {problem.where for problem in report.problems} == {'train', 'val', 'test'}

    @pytest.mark.parametrize(
        ('key', 'value', 'words'),
        [
            ('train_dataloader.dataset.type', 'NoDataset', "no data set type 'NoDataset'"),
            ('train_dataloader.dataset.order', 'later', "order is 'earlier' or 'random'"),
            ('train_dataloader.dataset.gap', 3, 'unexpected keyword'),
            ('train_dataloader.dataset.metainfo', dict(from_file='none.py'), 'none.py'),
            ('train_dataloader.dataset.metainfo', None, 'needs the metainfo'),
            ('train_dataloader.dataset.pipeline', [dict(type='NoTransform')], 'pipeline cannot be built'),
            ('train_dataloader.dataset.source', dict(type='kpgan_mm.NoSource'), 'NoSource'),
        ],
    )
    def test_what_cannot_be_built(self, data, key, value, words):
        data.changes[key] = value
        report = data.check()
        assert report.exit_code >= 1 and any(words in problem.what for problem in report.problems)
        assert report.exit_code == 2 or 'later' in str(value)

    def test_a_pipeline_that_fails(self, data):
        data.changes['train_dataloader.dataset.pipeline'] = [dict(type='kpgan_mm.PackPairInputs')]
        assert 'pipeline' in kinds(data.check())

    def test_splits(self, data):
        Path(data.path('train/a/2.jpg')).unlink()
        assert data.check(splits=('val',)).problems == []
        assert data.check(splits=('train',)).exit_code == 1

    def test_model_of_another_skeleton(self, data):
        other = copy.deepcopy(data.metainfo)
        del other['keypoint_info'][3]
        data.changes['model'] = dict(head=dict(metainfo=other))
        assert 'model.head.metainfo has 3 joints' in data.check().problems[0].what

    def test_missing_weights_do_not_hinder_the_check_of_the_data(self, data):
        Path(data.path('train/a/2.jpg')).unlink()
        data.changes['model'] = dict(backbone=dict(init_cfg=dict(type='Pretrained', checkpoint='/nowhere/vgg.pth')))
        report = data.check()
        assert kinds(report) == ['missing-file', 'named-file'] and report.exit_code == 2
        assert '/nowhere/vgg.pth is not there' in report.problems[-1].what

    def test_progress(self, data):
        seen = []
        data.check(progress=lambda name, done, total: seen.append((name, done, total)))
        assert ('train: images', 12, 12) in seen


class TestCanvas:
    def test_as_mmpose_crops(self):
        canvas = canvas_of([dict(type='mmpose.GetBBoxCenterScale', padding=1.25), dict(CROP[1], input_size=(64, 64))])
        assert canvas == Canvas(1.25, (64, 64))
        # A box of 20 x 10 around (30, 40) becomes one of 25 x 25, whose centre is that of the canvas: pixel 32 of 64,
        # half a pixel right of the canvas' middle.
        box = np.array([20, 35, 40, 45.0])
        middle, corner = to_canvas(np.array([[30, 40], [42.5, 52.5]]), box, canvas)
        np.testing.assert_allclose(middle, [1 / 63, 1 / 63], atol=1e-6)
        np.testing.assert_allclose(corner, [-1 + 2 * 64 / 63] * 2, atol=1e-6)
        assert canvas_of([dict(type='LoadImage')]) is None

    def test_extent(self):
        np.testing.assert_allclose(extent_of(np.array([[-1, 0], [0, 0.5], [0.5, 0]])), [-0.25, 0.25, 1.5])

    def test_spread(self):
        assert spread(0, 5) == [] and spread(3, 5) == [0, 1, 2] and spread(10, 2) == [0, 9]


def test_every_kind_is_documented():
    """docs/check_dataset.md lists each message with its mend, and no other."""
    text = (ROOT / 'docs' / 'check_dataset.md').read_text()
    rows = [[cell.strip() for cell in line.split('|')[1:-1]] for line in text.splitlines() if line.startswith('| `')]
    mends = {row[0].strip('`'): row[2] for row in rows if len(row) == 3}
    assert mends == {name: kind.mend for name, kind in KINDS.items()}
