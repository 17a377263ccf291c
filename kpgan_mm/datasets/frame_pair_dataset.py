"""Pairs of frames of one video with an unpaired pose: what KeypointGAN trains on (Jakab et al. 2020, section 3)."""

import pickle
from contextlib import nullcontext

import numpy as np
from mmengine.dataset import BaseDataset
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from kpgan_mm.registry import DATASETS, TASK_UTILS
from kpgan_mm.utils.metainfo import load_metainfo

from .bad_data import BadData, BadDataError
from .draws import drawing, may_be_random

# What MMPose's data sets hand to their pipelines besides the sample itself.
_METAINFO_KEYS = (
    'dataset_name', 'upper_body_ids', 'lower_body_ids', 'flip_pairs', 'dataset_keypoint_weights', 'flip_indices',
    'skeleton_links',
)  # fmt: skip

# Draws that stand in for one whose files are damaged. So many in a row are no accident: with one file in ten damaged
# that is one sample in 10^14.
_MAX_ATTEMPTS = 20


class DrawDataset(BaseDataset):
    """Base of the endless training sets: ``dataset[index]`` is a pure function of any integer index >= 0.

    Its length is nominal. Use it with :class:`~.samplers.DrawSampler`.

    Attributes:
        bad_data: The :class:`~.bad_data.BadData` that decides what a damaged file does to a draw; a sub-class that
            reads files sets that of its source. With 'skip' another sample is drawn, from a random stream that the
            index and the number of the attempt determine, so that the draw stays a function of the index and the files.
    """

    def __init__(self, metainfo: dict, pipeline: list = (), test_mode: bool = False) -> None:
        if not metainfo:
            raise ValueError(f'{type(self).__name__} needs the metainfo of the keypoints')
        if not hasattr(self, 'bad_data'):
            self.bad_data = BadData('refuse', type(self).__name__)
        super().__init__(metainfo=metainfo, pipeline=list(pipeline), test_mode=test_mode, serialize_data=False)
        # Each sample gets a copy of its own, and this is the fastest.
        self._pickled_metainfo = pickle.dumps({key: self._metainfo[key] for key in _METAINFO_KEYS})

    @classmethod
    def _load_metainfo(cls, metainfo: dict | None = None) -> dict:
        return parse_pose_metainfo(load_metainfo(metainfo))

    def get_subset_(self, indices) -> None:
        """Refused: an endless set has no subsets.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(f'{type(self).__name__} draws at random; choose a subset of its videos or poses')

    get_subset = get_subset_

    def draw(self, idx: int, rng: np.random.Generator) -> dict:
        """The sample of index ``idx`` before the pipeline; ``rng``, seeded with it, makes every choice."""
        raise NotImplementedError

    def of_frame(self, index: int) -> dict:
        """The sample before the pipeline that frame ``index`` of ``source`` alone makes, as packing needs it."""
        raise NotImplementedError

    def get_data_info(self, idx: int, attempt: int = 0) -> dict:
        """The sample that index ``idx`` stands for, before the pipeline; ``attempt`` counts the bad ones."""
        # Attempt 0 is what it would be if there were no other.
        seed = np.random.SeedSequence(idx, spawn_key=(attempt,)) if attempt else idx
        info = self.draw(idx, np.random.default_rng(seed))
        return self.completed(info) | dict(sample_idx=idx)

    def completed(self, info: dict) -> dict:
        """A sample with what MMPose's transforms expect besides, in place."""
        info.update(pickle.loads(self._pickled_metainfo))
        return info

    def __getitem__(self, idx: int) -> dict:
        for attempt in range(_MAX_ATTEMPTS):
            try:
                # Seeding takes longer than reading a packed pair.
                with drawing(idx) if may_be_random(self.pipeline.transforms) else nullcontext():
                    data = self.pipeline(self.get_data_info(idx, attempt))
            except BadDataError as error:
                self.bad_data.met(error)
                last = error
                continue
            if data is None:
                raise ValueError(f'the pipeline of {type(self).__name__} returned nothing for draw {idx}')
            return data
        raise BadDataError(
            f'{_MAX_ATTEMPTS} samples in a row could not be read, the last one because {last}: the data are damaged as '
            'a whole; `python tools/misc/check_dataset.py CONFIG --full` lists every bad file',
            last.kind,
            last.file,
        )


@DATASETS.register_module()
class FramePairDataset(DrawDataset):
    """Draws a target frame, a second frame of the same video, and a pose from the prior if there is one.

    A video is drawn uniformly, whatever its length; then the earlier frame, uniformly; then the later frame uniformly
    among those that are ``frame_gap`` frames later (cut at the end of the video).

    Args:
        source: Config of a frame source (TASK_UTILS).
        prior: Config of a pose prior (TASK_UTILS); None for methods that learn without: then samples have no
            ``prior_keypoints``, and the pairs are the same.
        metainfo: Of the keypoints, as MMPose's data sets take it.
        frame_gap: (least, most) distance in frames. With a least gap of 0 both may be the same frame. Videos that are
            too short for the least gap are left out. A frame that ``bad_data`` of the source leaves out does not count.
        order: Which frame is the target: 'earlier' as in the released code, or 'random'.
        pipeline: Begins with :class:`~.transforms.LoadFramePair`, ends with :class:`~.transforms.PackPairInputs`.

    Raises:
        ValueError: If no video is long enough, an option is wrong, or prior and metainfo disagree on the joints.
    """

    def __init__(
        self,
        source: dict,
        prior: dict | None,
        metainfo: dict,
        frame_gap: tuple[int, int] = (0, 1000),
        order: str = 'earlier',
        pipeline: list = (),
    ) -> None:
        least, most = frame_gap
        if not 0 <= least <= most:
            raise ValueError(f'frame_gap is (least, most) with 0 <= least <= most, got {tuple(frame_gap)}')
        if order not in ('earlier', 'random'):
            raise ValueError(f"order is 'earlier' or 'random', got {order!r}")
        self.source = TASK_UTILS.build(source)
        self.source.check_files()
        self.bad_data = self.source.bad_data
        self.prior = None if prior is None else TASK_UTILS.build(prior)
        self.frame_gap, self.order = (least, most), order
        videos = self.source.videos()
        self.videos = [video for video in videos if len(video) > least]
        if not self.videos:
            longest = max(len(video) for video in videos)
            raise ValueError(f'frame_gap asks for frames {least} apart, but the longest video has {longest} frames')
        super().__init__(metainfo=metainfo, pipeline=pipeline)
        if self.prior is not None:
            check_prior(self.prior, self._metainfo)

    def load_data_list(self) -> list[dict]:
        """The frames, which only give the set its nominal length."""
        return self.source.frames

    def draw(self, idx: int, rng: np.random.Generator) -> dict:
        """One random sample: paths or pictures of both frames, their common box if there is one, and the pose."""
        least, most = self.frame_gap
        video = self.videos[rng.integers(len(self.videos))]
        start = int(rng.integers(len(video) - least))
        end = int(rng.integers(start + least, min(start + most, len(video) - 1) + 1))
        if self.order == 'random' and rng.random() < 0.5:
            start, end = end, start
        info = self._pair(video[start], self.source.frame(video[start]), self.source.frame(video[end]))
        if self.prior is not None:
            info['prior_keypoints'] = self.prior.sample(rng)[None]
        return info

    def of_frame(self, index: int) -> dict:
        """A pair of twice the same frame, without a pose."""
        frame = self.source.frame(index)
        return self.completed(self._pair(index, frame, frame))

    def _pair(self, index: int, target: dict, reference: dict) -> dict:
        info = dict(
            id=index,
            img_id=index,
            category_id=1,
            video_id=target['video_id'],
            frame_id=target['frame_id'],
            ref_frame_id=reference['frame_id'],
            bbox_score=np.ones(1, dtype=np.float32),
        )
        for key in ('img', 'img_path', 'mask_path', 'foreground', 'packed'):
            if key in target:
                info[key] = target[key]
                info[f'ref_{key}'] = reference[key]
        if 'bbox' in target:
            # Both frames share one crop, or what stands still would seem to move.
            low = np.minimum(target['bbox'][:2], reference['bbox'][:2])
            high = np.maximum(target['bbox'][2:], reference['bbox'][2:])
            info['bbox'] = np.concatenate([low, high])[None].astype(np.float32)
        return info


def check_prior(prior, metainfo: dict) -> None:
    """Compares the number of joints.

    Raises:
        ValueError: If the prior's poses are of another number of joints than the metainfo.
    """
    expected = metainfo['num_keypoints']
    if prior.num_keypoints != expected:
        raise ValueError(
            f'poses of {type(prior).__name__} have {prior.num_keypoints} joints, '
            f'but metainfo "{metainfo["dataset_name"]}" has {expected}'
        )
