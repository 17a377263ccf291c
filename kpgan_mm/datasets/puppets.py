"""Puppets: videos of articulated figures, **generated** from a seed in memory.

This is *not* a benchmark and holds no real people: it is a stand-in of known difficulty for trying a method on any
machine in minutes, and for tests. Numbers measured on it say nothing about real pictures and must not be compared
with numbers of any other data set.

What is drawn: bodies of varied proportions that mostly face the camera (the anatomical left is then on the right of
the picture), in varied clothing, over textured backgrounds that stand still within a video. Left and right limbs are
painted alike. Arms pass in front of the torso, legs cross, so joints get hidden.

The random numbers of a split are a stream of their own, so no figure or motion of one split occurs in another.
"""

from typing import NamedTuple

import numpy as np

from .puppet_motion import HORIZON, KEYPOINT_NAMES, LAWS, random_motion
from .puppet_painting import PuppetPainter

__all__ = ['KEYPOINT_NAMES', 'SPLITS', 'PuppetVideos', 'make_puppet_poses', 'make_puppet_videos']

SPLITS = ('train', 'prior', 'test')


class PuppetVideos(NamedTuple):
    """V videos of T frames of S x S pixels.

    Attributes:
        frames: (V, T, S, S, 3) uint8, BGR.
        keypoints: (V, T, 14, 2) float32, (x, y) in pixels; the centre of the first pixel is (0, 0).
        foreground: (V, T, S, S) bool, True on the figure.
        visible: (V, T, 14) float32, 0 where another part of the body hides the joint, else 1.
    """

    frames: np.ndarray
    keypoints: np.ndarray
    foreground: np.ndarray
    visible: np.ndarray


def _streams(split: str, seed: int, image_size: int) -> tuple[np.random.Generator, np.random.SeedSequence]:
    """Random numbers of the motion, and the parent of the seeds of the looks, of one split."""
    if split not in SPLITS:
        raise ValueError(f'unknown split {split!r} of the puppets: use one of {", ".join(SPLITS)}')
    if image_size < 32:
        raise ValueError(f'puppets need pictures of at least 32 pixels a side, not {image_size}')
    motion, looks = np.random.SeedSequence(seed, spawn_key=(SPLITS.index(split),)).spawn(2)
    return np.random.default_rng(motion), looks


def make_puppet_videos(
    num_videos: int, num_frames: int, seed: int = 0, image_size: int = 64, split: str = 'train'
) -> PuppetVideos:
    """Draws and paints videos, one figure each. The same arguments give the same videos.

    Args:
        num_videos: Number of videos, each with a figure, an outfit and a background of its own.
        num_frames: Frames of each video.
        seed: Any non-negative integer.
        image_size: Side of the square pictures in pixels, 32 or more.
        split: 'train', 'prior' or 'test'; their random streams are disjoint.

    Raises:
        ValueError: For an unknown split, a number below 1 or pictures that are too small.
    """
    if num_videos < 1 or num_frames < 1:
        raise ValueError(f'asked for {num_videos} videos of {num_frames} puppet frames: both must be at least 1')
    rng, looks = _streams(split, seed, image_size)
    motion = random_motion(rng, np.tile(np.arange(num_frames, dtype=float), (num_videos, 1)), image_size)
    frames = np.empty((num_videos, num_frames, image_size, image_size, 3), dtype=np.uint8)
    foreground = np.empty(frames.shape[:-1], dtype=bool)
    visible = np.empty((num_videos, num_frames, len(KEYPOINT_NAMES)), dtype=np.float32)
    for video, seed_of_look in enumerate(looks.spawn(num_videos)):
        look = np.random.default_rng(seed_of_look)
        painter = PuppetPainter(look, image_size, motion.scale[video])
        noise = look.uniform(0.5, 3.0)
        for frame in range(num_frames):
            image, foreground[video, frame], visible[video, frame] = painter(
                motion.keypoints[video, frame], motion.depth[video, frame], motion.facing[video, frame]
            )
            grain = look.standard_normal(image.shape, dtype=np.float32) * noise
            frames[video, frame] = np.clip(image + grain + 0.5, 0, 255)
    return PuppetVideos(frames, motion.keypoints, foreground, visible)


def make_puppet_poses(
    num_poses: int, seed: int = 0, image_size: int = 64, split: str = 'prior', law: str = 'puppets'
) -> np.ndarray:
    """Draws poses, a new figure for each, without painting them.

    Args:
        num_poses: How many.
        seed: Any non-negative integer.
        image_size: Side of the square picture in pixels, 32 or more.
        split: 'train', 'prior' or 'test'.
        law: 'puppets', that of the videos, or 'foreign': bodies of other proportions that move differently.

    Returns:
        np.ndarray: (num_poses, 14, 2) float32, pixels of a picture of ``image_size``.

    Raises:
        ValueError: For an unknown split or law, a number below 1 or pictures that are too small.
    """
    if num_poses < 1:
        raise ValueError(f'asked for {num_poses} puppet poses: at least 1 is needed')
    if law not in LAWS:
        raise ValueError(f'unknown law {law!r} of the puppets: use one of {", ".join(LAWS)}')
    rng, _ = _streams(split, seed, image_size)
    times = np.random.default_rng(rng.integers(2**63)).uniform(0, HORIZON, size=(num_poses, 1))
    return random_motion(rng, times, image_size, law).keypoints[:, 0]
