"""How well the generator explains an image, for videos without labels."""

from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric

from kpgan_mm.registry import METRICS


@METRICS.register_module()
class ReconstructionError(BaseMetric):
    """Mean absolute difference between reconstruction and image, pixel values in [0, 1].

    Reads ``reconstruction_error`` and ``copy_reference_error`` of each data sample, which the estimator writes when its
    ``test_cfg`` says ``reconstruct=True``; the second is the difference between the image and its reference frame, i.e.
    the error of a generator that ignores the pose.

    Figures: ``error``, ``copy_reference_error`` and ``ratio_to_copy``.

    Args:
        collect_device (str): ``'cpu'`` or ``'gpu'``.
        prefix (str, optional): replaces ``'reconstruction'`` before the names.

    Raises:
        ValueError: if the estimator did not write the two values.
    """

    default_prefix = 'reconstruction'

    def __init__(self, collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Collect the two values of each sample; see :class:`mmengine.evaluator.BaseMetric`."""
        for data_sample in data_samples:
            if 'reconstruction_error' not in data_sample or 'copy_reference_error' not in data_sample:
                raise ValueError(
                    'the data sample has no reconstruction error: set model.test_cfg.reconstruct=True, with an '
                    'estimator that has a generator'
                )
            self.results.append(
                (float(data_sample['reconstruction_error']), float(data_sample['copy_reference_error']))
            )

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Means over the samples."""
        error, copy_error = (float(value) for value in np.mean(results, axis=0))
        ratio = error / copy_error if copy_error else float('inf')
        return {'error': error, 'copy_reference_error': copy_error, 'ratio_to_copy': ratio}
