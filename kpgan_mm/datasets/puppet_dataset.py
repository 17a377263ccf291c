"""Labelled puppets: for tests, and to train the same network with labels as a reference."""

import numpy as np

from kpgan_mm.registry import DATASETS

from .frame_dataset import PoseSampleDataset, pose_sample
from .metainfo.puppets import dataset_info
from .puppets import make_puppet_videos
from .transforms import whole_image_box


@DATASETS.register_module()
class PuppetDataset(PoseSampleDataset):
    """Frames of generated puppets with their keypoints; a generated set, not a benchmark.

    All joints count as visible, also those that another part of the body hides: their place is known. A sample's
    ``occluded`` (1, K) tells which those are. Figures, looks and motions of the splits are disjoint.

    Args:
        split: 'test', or 'train': the very videos of :class:`~.frame_sources.PuppetFrames`.
        num_videos, num_frames, seed, image_size: See :func:`~.puppets.make_puppet_videos`.
        metainfo: The puppets' own by default.
        pipeline, test_mode, indices: See :class:`~.frame_dataset.PoseSampleDataset`.
    """

    def __init__(
        self,
        split: str = 'test',
        num_videos: int = 25,
        num_frames: int = 16,
        seed: int = 0,
        image_size: int = 64,
        metainfo: dict | None = None,
        **kwargs,
    ) -> None:
        self._videos = dict(num_videos=num_videos, num_frames=num_frames, seed=seed, image_size=image_size, split=split)
        super().__init__(metainfo=metainfo or dataset_info, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Makes the videos, anew each time, from the seed."""
        videos = make_puppet_videos(**self._videos)
        num_frames = videos.frames.shape[1]
        return [
            pose_sample(
                video * num_frames + frame,
                img=image,
                img_path=None,
                bbox=whole_image_box(image.shape),
                keypoints=videos.keypoints[video, frame][None],
                keypoints_visible=np.ones((1, videos.keypoints.shape[2]), dtype=np.float32),
                occluded=1 - videos.visible[video, frame][None],
                foreground=videos.foreground[video, frame],
                video_id=f'{self._videos["split"]}_{self._videos["seed"]}_{video:05d}',
                frame_id=frame,
            )
            for video in range(len(videos.frames))
            for frame, image in enumerate(videos.frames[video])
        ]
