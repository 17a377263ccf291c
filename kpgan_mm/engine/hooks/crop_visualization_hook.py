"""Pictures of predictions over what the network saw."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from mmengine.dist import get_dist_info
from mmengine.structures import InstanceData
from mmpose.engine.hooks import PoseVisualizationHook
from mmpose.structures import PoseDataSample
from torch import Tensor

from kpgan_mm.evaluation.crops import image_to_crop
from kpgan_mm.registry import HOOKS

from .drawn_metainfo import own_metainfo

# Pixels; smaller crops are enlarged, so that the joints drawn on them do not hide them.
_SMALLEST_SIDE = 256


@HOOKS.register_module()
class CropVisualizationHook(PoseVisualizationHook):
    """MMPose's hook for frames that are no files: parts of a video or of a strip, or made in memory.

    MMPose's own reads the file ``img_path`` again, and so needs one that shows just the sample. This one draws on the
    network's input. It obeys ``interval`` in tests as well, and names pictures by the sample's place in the data set,
    ``000000.png`` and so on. Keypoints that a head has discovered are drawn with its own metainfo, not the labels'.
    Arguments are those of ``PoseVisualizationHook``.
    """

    def after_val_iter(self, runner, batch_idx: int, data_batch: dict, outputs: Sequence[PoseDataSample]) -> None:
        """Show the first sample of every ``interval``-th batch."""
        step = runner.iter + batch_idx
        if self.enable and step % self.interval == 0:
            meta = own_metainfo(runner.model) or runner.val_evaluator.dataset_meta
            self._draw('val_img', data_batch['inputs'][0], outputs[0], meta, step)

    def after_test_iter(self, runner, batch_idx: int, data_batch: dict, outputs: Sequence[PoseDataSample]) -> None:
        """Show every ``interval``-th sample, or save it below the log folder if there is an ``out_dir``."""
        if not self.enable:
            return
        rank, world_size = get_dist_info()
        for crop, sample in zip(data_batch['inputs'], outputs, strict=True):
            place = self._test_index * world_size + rank
            self._test_index += 1
            if place % self.interval == 0:
                file = None
                if self.out_dir is not None:
                    file = Path(runner.work_dir, runner.timestamp, self.out_dir, f'{place:06d}.png')
                    file.parent.mkdir(parents=True, exist_ok=True)
                meta = own_metainfo(runner.model) or runner.test_evaluator.dataset_meta
                self._draw('test_img', crop, sample, meta, place, file)

    def _draw(self, name: str, crop: Tensor, sample: PoseDataSample, meta: dict, step: int, file=None) -> None:
        """Draw a sample over its crop ``(3, H, W)``, uint8 BGR."""
        image = np.ascontiguousarray(crop.cpu().numpy().transpose(1, 2, 0)[..., ::-1])
        factor = max(1, -(-_SMALLEST_SIDE // min(image.shape[:2])))
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        predicted = sample.pred_instances
        keypoints = image_to_crop(np.asarray(predicted.keypoints, np.float64)[..., :2], sample.metainfo)
        shown = PoseDataSample()
        shown.pred_instances = InstanceData(
            # Centres of pixels stay centres of the enlarged pixels.
            keypoints=(keypoints + 0.5) * factor - 0.5,
            keypoint_scores=predicted.keypoint_scores,
        )
        self._visualizer.set_dataset_meta(meta)
        self._visualizer.add_datasample(
            name,
            image,
            shown,
            draw_gt=False,
            draw_bbox=False,
            show=self.show,
            wait_time=self.wait_time,
            kpt_thr=self.kpt_thr,
            out_file=None if file is None else str(file),
            step=step,
        )
