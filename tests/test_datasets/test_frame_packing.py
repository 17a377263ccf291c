"""Packing and reading back: what the network gets stays the same, bit for bit."""

import copy
import json
import multiprocessing
import os
import pickle
import signal
import time

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS as ROOT_DATASETS
from mmengine.registry import init_default_scope
from torch.utils.data import DataLoader

from kpgan_mm.datasets import DrawSampler, PackedFrames, compact_collate, use_packed_frames
from kpgan_mm.datasets.bad_data import BadDataError
from kpgan_mm.datasets.frame_packing import _Table, estimate_size, pack_frames, plan_packing
from tests.own_images import make_video
from tests.toys import METAINFO

SIZE = (24, 24)
CROP = [dict(type='GetBBoxCenterScale', padding=1.0), dict(type='TopdownAffine', input_size=SIZE)]
PAIR = [
    dict(type='kpgan_mm.LoadFramePair'),
    dict(type='kpgan_mm.MaskBackground'),
    *CROP,
    dict(type='kpgan_mm.PackPairInputs'),
]


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpose')


def make_frames(root, box=None, videos='ab', num_frames=5):
    """JPEG files with masks, black, white and grey, and their list; ``box(number)`` is a frame's."""
    rng, images = np.random.default_rng(0), []
    for video in videos:
        for frame in range(num_frames):
            name = f'{video}{frame}'
            cv2.imwrite(str(root / f'{name}.jpg'), rng.integers(0, 255, (30, 40, 3), dtype=np.uint8))
            mask = rng.integers(0, 2, (30, 40), dtype=np.uint8) * 255 if frame else rng.integers(0, 255, (30, 40))
            cv2.imwrite(str(root / f'{name}.png'), mask)
            images.append(
                dict(id=len(images), file_name=f'{name}.jpg', mask_file=f'{name}.png', video_id=video, frame_id=frame)
            )
    annotations = [dict(image_id=image['id'], bbox=box(image['id'])) for image in images] if box else []
    (root / 'train.json').write_text(json.dumps(dict(images=images, annotations=annotations)))
    return dict(type='kpgan_mm.AnnotatedFrames', data_root=str(root), ann_file='train.json')


def config(root, source, pipeline=PAIR, kind='UnposedPairDataset', **options):
    dataset = dict(type=f'kpgan_mm.{kind}', source=source, metainfo=METAINFO, pipeline=pipeline, **options)
    return Config(dict(data_root=str(root), train_dataloader=dict(dataset=dataset)))


def packed(cfg, folder):
    """The original set, the packed one, and the plan."""
    original = ROOT_DATASETS.build(copy.deepcopy(cfg.train_dataloader.dataset))
    plan = plan_packing(cfg.train_dataloader.dataset)
    pack_frames(plan, folder, cfg.data_root)
    assert use_packed_frames(cfg, folder) == []
    return original, ROOT_DATASETS.build(cfg.train_dataloader.dataset), plan


def assert_same(one, other):
    """Samples are alike in all that they hold, types included."""
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, (np.ndarray, torch.Tensor)):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif hasattr(one, 'metainfo'):
        assert_same(one.metainfo, other.metainfo)
        assert_same(dict(one.items()), dict(other.items()))
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            assert_same(first, second)
    else:
        assert one == other


class TestSamplesStayTheSame:
    def check(self, cfg, folder, rest):
        original, other, plan = packed(cfg, folder)
        assert [transform['type'] for transform in plan.rest] == rest
        for index in range(30):
            assert_same(original[index], other[index])
        return plan

    @pytest.mark.parametrize('box', [None, lambda number: [3, 4, 20, 22]])
    def test_whole_pipeline_where_boxes_are_the_same(self, tmp_path, box):
        cfg = config(tmp_path, make_frames(tmp_path, box))
        plan = self.check(cfg, tmp_path / 'packed', ['kpgan_mm.PackPairInputs'])
        assert estimate_size(plan) == (tmp_path / 'packed' / 'pictures.bin').stat().st_size == 10 * 24 * 24 * 3

    def test_crops_are_left_out_where_boxes_differ(self, tmp_path):
        cfg = config(tmp_path, make_frames(tmp_path, lambda number: [number, 4, 20, 22]))
        plan = self.check(cfg, tmp_path / 'packed', ['GetBBoxCenterScale', 'TopdownAffine', 'kpgan_mm.PackPairInputs'])
        assert plan.reason == 'boxes differ within video a'

    def test_random_transforms_are_left_to_training(self, tmp_path):
        flip = dict(type='RandomFlip', direction='horizontal', prob=0.5)
        cfg = config(tmp_path, make_frames(tmp_path), [*PAIR[:3], flip, *PAIR[3:]])
        self.check(cfg, tmp_path / 'packed', ['RandomFlip', 'TopdownAffine', 'kpgan_mm.PackPairInputs'])

    def test_single_frames_with_boxes_of_their_own(self, tmp_path):
        pipeline = [dict(type='LoadImage'), PAIR[1], *CROP, dict(type='PackPoseInputs')]
        source = make_frames(tmp_path, lambda number: [number, 4, 20, 22])
        cfg = config(tmp_path, source, pipeline, 'FrameDrawDataset')
        self.check(cfg, tmp_path / 'packed', ['PackPoseInputs'])

    def test_folders_and_poses(self, tmp_path):
        make_frames(tmp_path)
        for name in ('a', 'b'):
            (tmp_path / 'frames' / name).mkdir(parents=True)
            for file in tmp_path.glob(f'{name}*.jpg'):
                file.rename(tmp_path / 'frames' / name / file.name)
        np.savez(tmp_path / 'prior.npz', keypoints=np.random.default_rng(0).uniform(0, 20, (7, 4, 2)))
        prior = dict(type='kpgan_mm.NpzPosePrior', file=str(tmp_path / 'prior.npz'), size=(20, 20))
        source = dict(type='kpgan_mm.FrameFolders', root=str(tmp_path / 'frames'))
        cfg = config(tmp_path, source, [PAIR[0], *PAIR[2:]], 'FramePairDataset', prior=prior)
        self.check(cfg, tmp_path / 'packed', ['kpgan_mm.PackPairInputs'])

    @pytest.mark.parametrize('kind', ['VideoFiles', 'VideoClips'])
    def test_videos(self, tmp_path, kind):
        (tmp_path / 'videos').mkdir()
        make_video(tmp_path / 'videos' / 'one.mp4', 8)
        make_video(tmp_path / 'videos' / 'two.mp4', 6)
        source = dict(type='kpgan_mm.VideoClips', root=str(tmp_path / 'videos'), frames_per_clip=4)
        if kind == 'VideoFiles':
            source = dict(type='kpgan_mm.VideoFiles', files=str(tmp_path / 'videos'), cache_dir=str(tmp_path / 'cache'))
        cfg = config(tmp_path, source, [PAIR[0], *PAIR[2:]])
        self.check(cfg, tmp_path / 'packed', ['kpgan_mm.PackPairInputs'])

    def test_backgrounds_that_are_subtracted(self, tmp_path):
        make_video(tmp_path / 'one.mp4', 6)
        options = dict(files=str(tmp_path / 'one.mp4'), cache_dir=str(tmp_path / 'cache'), background_subtraction={})
        cfg = config(tmp_path, dict(type='kpgan_mm.VideoFiles', **options))
        self.check(cfg, tmp_path / 'packed', ['kpgan_mm.PackPairInputs'])


@pytest.mark.parametrize('context', ['fork', 'spawn'])
def test_workers_change_nothing_and_share_the_pictures(tmp_path, context):
    cfg = config(tmp_path, make_frames(tmp_path))
    original, other, _ = packed(cfg, tmp_path / 'packed')
    assert len(pickle.dumps(other.source)) < 10000 < (tmp_path / 'packed' / 'pictures.bin').stat().st_size
    loader = DataLoader(
        other,
        batch_size=3,
        sampler=DrawSampler(other, seed=3),
        num_workers=1 if context == 'spawn' else 2,
        collate_fn=compact_collate,
        multiprocessing_context=context,
    )
    expected = DataLoader(original, batch_size=3, sampler=DrawSampler(original, seed=3), collate_fn=pseudo_collate)
    for _, one, two in zip(range(3), loader, expected, strict=False):
        assert_same(one, two)


def test_packing_with_workers(tmp_path):
    cfg = config(tmp_path, make_frames(tmp_path))
    for workers in (0, 2):
        pack_frames(plan_packing(cfg.train_dataloader.dataset), tmp_path / str(workers), str(tmp_path), workers)
    for name in ('pictures.bin', 'index.json'):
        assert (tmp_path / '0' / name).read_bytes() == (tmp_path / '2' / name).read_bytes()


def test_entries_of_another_kind_are_refused():
    class TwoFrames:
        def videos(self):
            return [[0, 1]]

        def __len__(self):
            return 2

    frame = dict(image=np.zeros((4, 4, 3)), frame_id=0, box=None, img_path='a', video_id='v', added=dict(name='abc'))
    table = _Table(TwoFrames())
    table.add(0, 0, frame)
    with pytest.raises(ValueError, match='frame 1 has name of another kind or size than the first one: <U4'):
        table.add(1, 48, {**frame, 'added': dict(name='abcd')})


class TestBadFrames:
    def test_refused(self, tmp_path):
        cfg = config(tmp_path, make_frames(tmp_path))
        (tmp_path / 'b1.jpg').write_bytes(b'no picture')
        with pytest.raises(BadDataError, match=r'b1.jpg cannot be decoded as an image; .*check_dataset'):
            pack_frames(plan_packing(cfg.train_dataloader.dataset), tmp_path / 'packed')
        assert not list(tmp_path.glob('packed*'))

    def test_skipped_as_in_training_from_files(self, tmp_path):
        cfg = config(tmp_path, make_frames(tmp_path) | dict(bad_data='skip'))
        (tmp_path / 'a0.jpg').write_bytes(b'no picture')
        cv2.imwrite(str(tmp_path / 'b1.png'), np.zeros((5, 5)))
        original, other, _ = packed(cfg, tmp_path / 'packed')
        assert other.bad_data.policy == 'skip'
        for index in range(40):
            assert_same(original[index], other[index])
        with pytest.raises(BadDataError, match='a0.jpg cannot be decoded'):
            other.source.frame(0)

    def test_sizes_that_differ_within_a_video(self, tmp_path):
        cfg = config(tmp_path, make_frames(tmp_path, videos='a') | dict(bad_data='skip'), [PAIR[0], *PAIR[2:]])
        cv2.imwrite(str(tmp_path / 'a2.jpg'), np.zeros((20, 20, 3)))
        original, other, _ = packed(cfg, tmp_path / 'packed')
        for index in range(40):
            assert_same(original[index], other[index])

    def test_nothing_left(self, tmp_path):
        cfg = config(tmp_path, make_frames(tmp_path) | dict(bad_data='skip'))
        for file in tmp_path.glob('*.jpg'):
            file.write_bytes(b'no picture')
        with pytest.raises(ValueError, match='no frame of .* can be read, the first because .*a0.jpg'):
            pack_frames(plan_packing(cfg.train_dataloader.dataset), tmp_path / 'packed')


class TestInterruption:
    def test_a_killed_run_leaves_nothing_that_looks_complete(self, tmp_path):
        cfg = config(tmp_path, make_frames(tmp_path))
        plan = plan_packing(cfg.train_dataloader.dataset)

        def die(done):
            if done == 7:
                os.kill(os.getpid(), signal.SIGKILL)

        process = multiprocessing.get_context('fork').Process(
            target=pack_frames, args=(plan, tmp_path / 'packed'), kwargs=dict(progress=die)
        )
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL and not (tmp_path / 'packed').exists()
        with pytest.raises(FileNotFoundError, match='holds no packed frames'):
            PackedFrames(str(tmp_path / 'packed.unfinished'))
        pack_frames(plan, tmp_path / 'packed')
        assert sorted(path.name for path in tmp_path.glob('packed*')) == ['packed']

    def test_an_error_leaves_nothing(self, tmp_path):
        cfg = config(tmp_path, make_frames(tmp_path))

        def fail(done):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            pack_frames(plan_packing(cfg.train_dataloader.dataset), tmp_path / 'packed', progress=fail)
        assert not list(tmp_path.glob('packed*'))

    def test_two_runs_at_a_time(self, tmp_path):
        cfg = config(tmp_path, make_frames(tmp_path))
        plan = plan_packing(cfg.train_dataloader.dataset)
        process = multiprocessing.get_context('fork').Process(
            target=pack_frames, args=(plan, tmp_path / 'packed'), kwargs=dict(progress=lambda done: time.sleep(60))
        )
        process.start()
        try:
            while not (tmp_path / 'packed.unfinished').exists():
                time.sleep(0.01)
            with pytest.raises(FileExistsError, match='another run is about to write'):
                pack_frames(plan, tmp_path / 'packed')
        finally:
            process.kill()
            process.join()

    def test_nothing_is_overwritten(self, tmp_path):
        cfg = config(tmp_path, make_frames(tmp_path))
        (tmp_path / 'packed').mkdir()
        with pytest.raises(FileExistsError, match='exists already'):
            pack_frames(plan_packing(cfg.train_dataloader.dataset), tmp_path / 'packed')


@pytest.mark.parametrize(
    ('pipeline', 'words'),
    [(PAIR[1:], 'begins with none of LoadFramePair, LoadImage'), ([PAIR[0], *PAIR[2:], PAIR[1]], 'right after')],
)
def test_pipelines_that_cannot_be_packed(tmp_path, pipeline, words):
    cfg = config(tmp_path, make_frames(tmp_path), pipeline)
    cfg.train_dataloader.dataset.pipeline.insert(len(pipeline) - 1, dict(type='RandomFlip'))
    with pytest.raises(ValueError, match=words):
        plan_packing(cfg.train_dataloader.dataset)
