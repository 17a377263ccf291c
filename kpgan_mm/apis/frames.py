"""Frames of a config's test set for figures: which belong to one video, and pairs of different ones."""

from collections.abc import Sequence

import numpy as np
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS, init_default_scope


def build_test_set(config: Config) -> BaseDataset:
    """The data set of ``test_dataloader``; ``dataset[index]`` is a sample that the functions of this package take.

    Raises:
        ValueError: if the config has none.
    """
    if not config.get('test_dataloader'):
        raise ValueError('the config has no test_dataloader to take frames from')
    init_default_scope(config.get('default_scope', 'mmpose'))
    return DATASETS.build(config.test_dataloader.dataset)


def videos_of(dataset: BaseDataset) -> list[list[int]]:
    """Sort a data set's samples by video.

    Args:
        dataset (BaseDataset): its samples have ``video_id``; a sample without one is a video of its own.

    Returns:
        list[list[int]]: the indices of each video's samples; videos in the order in which they begin.
    """
    videos = {}
    for index in range(len(dataset)):
        # MMEngine's own method: that of a sub-class may read the picture.
        video = BaseDataset.get_data_info(dataset, index).get('video_id')
        videos.setdefault(('frame', index) if video is None else video, []).append(index)
    return list(videos.values())


def spread_frames(videos: Sequence[Sequence[int]], number: int) -> list[int]:
    """Frames spread evenly over the videos, each the middle one of another video while there are enough.

    Raises:
        ValueError: if there are fewer frames than wanted.
    """
    if number <= len(videos):
        chosen = np.linspace(0, len(videos) - 1, number).round().astype(int)
        return [videos[video][len(videos[video]) // 2] for video in chosen]
    frames = [index for video in videos for index in video]
    if number > len(frames):
        raise ValueError(f'{number} frames are wanted, and the test set has {len(frames)}: give images instead')
    return [frames[place] for place in np.linspace(0, len(frames) - 1, number).round().astype(int)]


def draw_pairs(videos: Sequence[Sequence[int]], number: int, seed: int = 0) -> list[tuple[int, int, int | None]]:
    """Draw frames with references, one from a different video and one from the same.

    No video gives a second target before all have given one, so that pairs are as independent as the set allows.

    Args:
        videos (Sequence[Sequence[int]]): from :func:`videos_of`.
        number (int): pairs to draw.
        seed (int): the same seed draws the same pairs.

    Returns:
        list[tuple[int, int, int | None]]: target, frame of a different video, and another frame of the target's own
        video, None where it has no other.

    Raises:
        ValueError: if there is only one video.
    """
    if len(videos) < 2:
        raise ValueError(
            f'a reference from a different video needs two videos, and the test set has {len(videos)}: '
            'give a test set of several by --cfg-options'
        )
    rng = np.random.default_rng(seed)
    pairs = []
    while len(pairs) < number:
        for own in rng.permutation(len(videos))[: number - len(pairs)]:
            other = (own + rng.integers(1, len(videos))) % len(videos)
            target = int(rng.choice(videos[own]))
            others = [index for index in videos[own] if index != target]
            neighbour = int(rng.choice(others)) if others else None
            pairs.append((target, int(rng.choice(videos[other])), neighbour))
    return pairs
