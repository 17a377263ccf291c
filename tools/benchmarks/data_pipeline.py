"""Measure how many frames a second the training set of Simplified Human3.6M hands out, from originals and packed.

    python tools/benchmarks/data_pipeline.py [--size 128] [--repeats 5]

Generated pictures in the data set's layout (128 x 128 JPEG, PNG masks of one bit, landmarks as .mat), and the same as
mp4 videos. The sides take turns in one run; a side is a loader with one worker process. Both frames of a pair count.
Seconds are the worker's processor time: the same as seconds on an idle machine, and fair on a busy one.

- ``plain``: a data set as one would write it, which reads two pictures, two masks and two landmark files a pair
- ``originals``: kpgan_mm.FramePairDataset with the pipeline of configs/_base_/datasets/h36m_simple.py
- ``packed``: the same from packed frames (tools/misc/pack_dataset.py)
- ``mp4``: the same pipeline without masks, each frame decoded from its video when it is drawn
- ``mp4 packed``: the same from packed frames

That the sides of our own give the same pictures, bit for bit, is checked before anything is timed.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate, worker_init_fn
from mmengine.registry import DATASETS, init_default_scope
from scipy.io import loadmat, savemat
from torch.utils.data import DataLoader, Dataset, default_collate

import kpgan_mm  # noqa: F401  (registers everything, and makes MMPose importable)
from kpgan_mm.datasets import DrawSampler, compact_collate, use_packed_frames
from kpgan_mm.datasets.frame_packing import pack_frames, plan_packing
from kpgan_mm.datasets.puppets import make_puppet_videos

NUM_KEYPOINTS = 32
BATCH_SIZE = 16


def write_originals(folder: Path, num_videos: int, num_frames: int, size: int) -> None:
    """Writes pictures, masks, landmarks, their list ``train.json``, a prior, and the same frames as videos."""
    videos = make_puppet_videos(num_videos, num_frames, seed=0, image_size=size, split='train')
    rng, images = np.random.default_rng(0), []
    for kind in ('images', 'masks', 'landmarks', 'videos'):
        (folder / kind).mkdir(parents=True)
    for video in range(num_videos):
        writer = cv2.VideoWriter(
            str(folder / 'videos' / f'{video}.mp4'), cv2.VideoWriter_fourcc(*'mp4v'), 25, (size, size)
        )
        for frame in range(num_frames):
            name, number = f'{video}_{frame}', len(images)
            cv2.imwrite(str(folder / 'images' / f'{name}.jpg'), videos.frames[video, frame])
            mask = videos.foreground[video, frame].astype(np.uint8) * 255
            cv2.imwrite(str(folder / 'masks' / f'{name}.png'), mask, [cv2.IMWRITE_PNG_BILEVEL, 1])
            savemat(folder / 'landmarks' / f'{name}.mat', dict(keypoints_2d=rng.uniform(0, 1, (NUM_KEYPOINTS, 2))))
            writer.write(videos.frames[video, frame])
            names = dict(file_name=f'images/{name}.jpg', mask_file=f'masks/{name}.png')
            images.append(dict(id=number, video_id=str(video), frame_id=frame, **names))
        writer.release()
    boxes = [dict(image_id=image['id'], bbox=[0, 0, size, size]) for image in images]
    (folder / 'train.json').write_text(json.dumps(dict(images=images, annotations=boxes)))
    np.savez(folder / 'prior.npz', keypoints=rng.uniform(0, size, (1000, NUM_KEYPOINTS, 2)))


class PlainPairs(Dataset):
    """Pairs of masked pictures (3, H, W) in [-1, 1] with the target's landmarks and unpaired ones, all (K, 2)."""

    def __init__(self, folder: Path, num_videos: int, num_frames: int) -> None:
        self.folder, self.num_videos, self.num_frames = folder, num_videos, num_frames

    def _picture(self, name: str) -> torch.Tensor:
        image = cv2.cvtColor(cv2.imread(str(self.folder / 'images' / f'{name}.jpg')), cv2.COLOR_BGR2RGB)
        mask = cv2.imread(str(self.folder / 'masks' / f'{name}.png'), cv2.IMREAD_GRAYSCALE)
        picture = image.astype(np.float32) / 255 * (mask.astype(np.float32) / 255)[..., None]
        return torch.from_numpy((picture - 0.5) / 0.5).permute(2, 0, 1).contiguous()

    def _landmarks(self, name: str) -> torch.Tensor:
        points = loadmat(self.folder / 'landmarks' / f'{name}.mat')['keypoints_2d']
        return torch.from_numpy(points[:, ::-1].astype(np.float32) * 2 - 1)

    def __getitem__(self, index: int) -> dict:
        rng = np.random.default_rng(index)
        video, other = rng.integers(self.num_videos, size=2)
        first, last = sorted(rng.integers(self.num_frames, size=2))
        return dict(
            inputs=self._picture(f'{video}_{first}'),
            ref_inputs=self._picture(f'{video}_{last}'),
            keypoints=self._landmarks(f'{video}_{first}'),
            prior_keypoints=self._landmarks(f'{other}_{rng.integers(self.num_frames)}'),
        )

    def __len__(self) -> int:
        return self.num_videos * self.num_frames


def our_config(folder: Path, source: dict, masks: bool, size: int) -> Config:
    """A configuration with our training set, as that of Simplified Human3.6M."""
    pipeline = [
        dict(type='kpgan_mm.LoadFramePair'),
        *([dict(type='kpgan_mm.MaskBackground')] if masks else []),
        dict(type='GetBBoxCenterScale', padding=1.0),
        dict(type='TopdownAffine', input_size=(128, 128)),
        dict(type='kpgan_mm.PackPairInputs'),
    ]
    dataset = dict(
        type='kpgan_mm.FramePairDataset',
        source=source,
        prior=dict(type='kpgan_mm.NpzPosePrior', file=str(folder / 'prior.npz'), size=(size, size)),
        metainfo=dict(num_keypoints=NUM_KEYPOINTS),
        frame_gap=(0, 1000),
        pipeline=pipeline,
    )
    return Config(dict(data_root=str(folder), train_dataloader=dict(dataset=dataset)))


class _Timed:
    """Collates samples in the worker, and tells the processor time that it has taken so far."""

    def __init__(self, collate: Callable) -> None:
        self.collate = collate

    def __call__(self, samples: list) -> tuple[float, dict]:
        return time.process_time(), self.collate(samples)


def _rates(dataset: Dataset, batches: int, packed: bool) -> tuple[float, float]:
    """Frames of one worker in a second of processor time, and of the clock, after it has begun."""
    plain = isinstance(dataset, PlainPairs)
    collate = default_collate if plain else compact_collate if packed else pseudo_collate
    loader = DataLoader(
        dataset,
        batch_size=BATCH_SIZE,
        sampler=DrawSampler(dataset, seed=0),
        num_workers=1,
        collate_fn=_Timed(collate),
        worker_init_fn=partial(worker_init_fn, num_workers=1, rank=0, seed=0),
    )
    stream = iter(loader)
    # Those that were fetched ahead do not count.
    started = [next(stream)[0] for _ in range(3)][-1]
    begin = time.perf_counter()
    ended = [batch[0] for batch in islice(stream, batches)][-1]
    frames = 2 * BATCH_SIZE * batches
    return frames / (ended - started), frames / (time.perf_counter() - begin)


def _reading_rate(dataset: Dataset, num_transforms: int, batches: int) -> float:
    """Frames a second of processor time, as far as packing carries a sample: read, masked, cropped."""
    transforms = Compose(dataset.pipeline.transforms[:num_transforms])
    begin = time.process_time()
    for index in range(BATCH_SIZE * batches):
        transforms(dataset.get_data_info(index))
    return 2 * BATCH_SIZE * batches / (time.process_time() - begin)


def _assert_equal(first: Dataset, second: Dataset) -> None:
    for index in range(32):
        one, other = first[index], second[index]
        for key in ('inputs', 'ref_inputs'):
            if not torch.equal(one[key], other[key]):
                raise AssertionError(f'{key} of draw {index} differs from packed frames')


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """Median over the turns; neighbouring ones find the machine in the same state."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def measure(
    folder: str | Path | None = None,
    size: int = 128,
    num_videos: int = 16,
    num_frames: int = 64,
    batches: int = 20,
    repeats: int = 5,
) -> dict:
    """Frames a second a worker of all sides.

    Args:
        folder: Where the originals go, which must not exist; None for a temporary one.
        size: Side of the original pictures in pixels; the network gets 128 x 128.
        num_videos, num_frames: How much is generated.
        batches: Of 16 pairs, timed at a time.
        repeats: Turns of each side.

    Returns:
        dict: ``frames_per_second`` of processor time, by side, the median of its turns, and the same
        ``frames_per_second_of_the_clock``; ``ratio``, how many times as many frames a second of processor time come
        from packed frames as from the side of that name; ``frames_read_per_second`` and ``reading_ratio``, the same
        without what follows on the crop: making a sample of it, and the way from worker to training;
        ``bytes_per_frame`` of ``originals`` and ``packed``; ``size``.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as made:
            return measure(Path(made, 'data'), size, num_videos, num_frames, batches, repeats)
    folder = Path(folder)
    write_originals(folder, num_videos, num_frames, size)
    init_default_scope('mmpose')
    sources = dict(
        originals=dict(type='kpgan_mm.AnnotatedFrames', data_root=str(folder), ann_file='train.json'),
        mp4=dict(type='kpgan_mm.VideoClips', root=str(folder / 'videos'), frames_per_clip=num_frames),
    )
    sides, num_transforms = dict(plain=PlainPairs(folder, num_videos, num_frames)), {}
    for name, source in sources.items():
        cfg = our_config(folder, source, name == 'originals', size)
        packed_name = 'packed' if name == 'originals' else f'{name} packed'
        sides[name] = DATASETS.build(cfg.train_dataloader.dataset)
        plan = plan_packing(cfg.train_dataloader.dataset)
        pack_frames(plan, folder / f'packed_{name}', str(folder))
        use_packed_frames(cfg, folder / f'packed_{name}')
        sides[packed_name] = DATASETS.build(cfg.train_dataloader.dataset)
        num_transforms |= {name: len(plan.done), packed_name: 1}
        _assert_equal(sides[name], sides[packed_name])
    turns = {name: [] for name in sides}
    reading = {name: [] for name in num_transforms}
    for _ in range(repeats):
        for name, number in num_transforms.items():
            reading[name].append(_reading_rate(sides[name], number, batches))
        for name, dataset in sides.items():
            turns[name].append(_rates(dataset, batches, 'packed' in name))
    busy, clock = ({name: [pair[n] for pair in pairs] for name, pairs in turns.items()} for n in (0, 1))
    against = dict(plain='packed', originals='packed', mp4='mp4 packed')
    files = [path for kind in ('images', 'masks', 'landmarks') for path in (folder / kind).iterdir()]
    return dict(
        frames_per_second={name: statistics.median(rates) for name, rates in busy.items()},
        frames_per_second_of_the_clock={name: statistics.median(rates) for name, rates in clock.items()},
        ratio={name: _ratio(busy[packed], busy[name]) for name, packed in against.items()},
        frames_read_per_second={name: statistics.median(rates) for name, rates in reading.items()},
        reading_ratio={name: _ratio(reading[against[name]], reading[name]) for name in sources},
        bytes_per_frame=dict(
            originals=sum(path.stat().st_size for path in files) / (num_videos * num_frames),
            packed=sum(p.stat().st_size for p in (folder / 'packed_originals').iterdir()) / (num_videos * num_frames),
        ),
        size=size,
    )


def main(argv: list[str] | None = None) -> None:
    """Run the benchmark and print its table, or with ``--json`` its result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--size', type=int, default=128, help='side of the original pictures (default: %(default)s)')
    parser.add_argument('--videos', type=int, default=16, help='videos that are generated (default: %(default)s)')
    parser.add_argument('--frames', type=int, default=64, help='frames of each (default: %(default)s)')
    parser.add_argument('--batches', type=int, default=20, help='batches timed at a time (default: %(default)s)')
    parser.add_argument('--repeats', type=int, default=5, help='turns of each side (default: %(default)s)')
    parser.add_argument('--json', action='store_true', help='print JSON')
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    result = measure(None, args.size, args.videos, args.frames, args.batches, args.repeats)
    if args.json:
        print(json.dumps(result, indent=2))
        return
    bytes_each = result['bytes_per_frame']
    print(f'{result["size"]} x {result["size"]} pixels, bytes a frame: ', end='')
    print(f'{bytes_each["originals"]:,.0f} as files, {bytes_each["packed"]:,.0f} packed')
    print(f'{"frames a second":14} {"loader":>8} {"packed":>8} {"reading":>8} {"packed":>8}')
    for name, rate in result['frames_per_second'].items():
        cells = [f'{rate:8.0f}', _times(result['ratio'].get(name))]
        if name in result['frames_read_per_second']:
            cells += [f'{result["frames_read_per_second"][name]:8.0f}', _times(result['reading_ratio'].get(name))]
        print(f'{name:15}', *cells)


def _times(ratio: float | None) -> str:
    return f'{ratio:6.1f} x' if ratio else ' ' * 8


if __name__ == '__main__':
    sys.exit(main())
