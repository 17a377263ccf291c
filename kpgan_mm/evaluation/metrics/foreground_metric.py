"""Agreement of predicted joints with a foreground mask, for videos without labels."""

from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric

from kpgan_mm.registry import METRICS, TASK_UTILS

from ..crops import place_in_crop
from ..functional import share_inside


@METRICS.register_module()
class ForegroundShare(BaseMetric):
    """Share of predicted joints that lie on the foreground, in per cent.

    Needs the meta key ``foreground``, a bool mask ``(H, W)`` in pixels of the image (for a fixed camera, background
    subtraction gives one); list it in the ``meta_keys`` of ``PackPoseInputs``. It is a necessary condition only: a
    pose inside the figure may still be wrong.

    Figures: ``share``; ``chance``, what joints thrown evenly over the sample's bounding box would get; and with
    ``prior`` ``mean_prior_share``, what the constant mean prior pose gets.

    Args:
        prior (dict | object, optional): pose prior (config for ``TASK_UTILS``) whose mean is the baseline.
        collect_device (str): ``'cpu'`` or ``'gpu'``.
        prefix (str, optional): replaces ``'foreground'`` before the names.

    Raises:
        ValueError: if a sample has no ``foreground``.
    """

    default_prefix = 'foreground'

    def __init__(self, prior=None, collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        prior = TASK_UTILS.build(prior) if isinstance(prior, dict) else prior
        self.mean_prior = None if prior is None else np.asarray(prior.mean(), dtype=np.float64)

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Measure each sample; see :class:`mmengine.evaluator.BaseMetric`."""
        for data_sample in data_samples:
            if data_sample.get('foreground') is None:
                raise ValueError(
                    'the data sample has no "foreground" mask: use a test set that makes one and list "foreground" '
                    'in the meta_keys of PackPoseInputs'
                )
            mask = np.asarray(data_sample['foreground'], bool)
            predicted = data_sample['pred_instances']
            result = {'share': share_inside(np.asarray(predicted['keypoints'])[0, :, :2], mask)}
            result['chance'] = float(self._inside_box(mask, data_sample).mean())
            if self.mean_prior is not None:
                result['mean_prior_share'] = share_inside(place_in_crop(self.mean_prior, data_sample), mask)
            self.results.append(result)

    @staticmethod
    def _inside_box(mask: np.ndarray, data_sample: dict) -> np.ndarray:
        """The part of the mask inside the bounding box; all of it where there is no box."""
        boxes = data_sample.get('gt_instances', {}).get('bboxes')
        if boxes is None:
            return mask
        x1, y1, x2, y2 = np.asarray(boxes).reshape(-1, 4)[0].round().astype(int)
        part = mask[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)]
        return part if part.size else mask

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Means over the samples, in per cent."""
        return {key: float(100 * np.mean([result[key] for result in results])) for key in results[0]}
