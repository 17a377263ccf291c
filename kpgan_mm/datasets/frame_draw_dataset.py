"""Single frames drawn at random: what methods train on that explain one image at a time."""

import numpy as np

from kpgan_mm.registry import DATASETS, TASK_UTILS

from .frame_pair_dataset import DrawDataset
from .frame_sources import load_frame
from .transforms import whole_image_box


@DATASETS.register_module()
class FrameDrawDataset(DrawDataset):
    """Draws frames of a source uniformly, videos weighing by their length; labels, if there are any, are left out.

    Args:
        source: Config of a frame source (TASK_UTILS).
        metainfo: Of the keypoints to be discovered, ``dict(num_keypoints=K)``; or as MMPose's data sets take it.
        pipeline: MMPose's transforms, from ``LoadImage`` to ``PackPoseInputs``.
    """

    def __init__(self, source: dict, metainfo: dict, pipeline: list = ()) -> None:
        self.source = TASK_UTILS.build(source)
        self.source.check_files()
        self.bad_data = self.source.bad_data
        super().__init__(metainfo=metainfo, pipeline=pipeline)

    def load_data_list(self) -> list[dict]:
        """The frames, which only give the set its nominal length."""
        return self.source.frames

    def draw(self, idx: int, rng: np.random.Generator) -> dict:
        """One random frame, decoded, with its box or that of the whole picture."""
        return self._single(int(rng.integers(len(self.source))))

    def of_frame(self, index: int) -> dict:
        """That frame."""
        return self.completed(self._single(index))

    def _single(self, index: int) -> dict:
        frame = self.source.frame(index)
        image = load_frame(frame)
        box = frame['bbox'][None] if 'bbox' in frame else whole_image_box(image.shape)
        info = dict(
            id=index,
            img_id=index,
            category_id=1,
            img=image,
            img_path=frame.get('img_path'),
            video_id=frame['video_id'],
            frame_id=frame['frame_id'],
            bbox=box.astype(np.float32),
            bbox_score=np.ones(1, dtype=np.float32),
        )
        return info | {key: frame[key] for key in ('foreground', 'mask_path', 'packed') if key in frame}
