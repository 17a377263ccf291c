"""How well the generator explains an image, for videos without labels."""

from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric

from kpgan_mm.registry import METRICS


@METRICS.register_module()
class ReconstructionError(BaseMetric):
    """Mean absolute difference between reconstruction and image, pixel values in [0, 1].

    Reads ``reconstruction_error`` and ``copy_reference_error`` of each data sample, which the estimator writes when its
    ``test_cfg`` says ``reconstruct=True``; the second is the difference between the image and its reference, the
    neighbour in the batch, i.e. the error of a generator that ignores the pose. A sample alone in its batch has neither
    and does not count.

    Figures: ``error``, ``copy_reference_error`` and ``ratio_to_copy``.

    Args:
        collect_device (str): ``'cpu'`` or ``'gpu'``.
        prefix (str, optional): replaces ``'reconstruction'`` before the names.

    Raises:
        ValueError: if the estimator wrote the two values for no sample.
    """

    default_prefix = 'reconstruction'

    def __init__(self, collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Collect the two values of each sample; see :class:`mmengine.evaluator.BaseMetric`."""
        for data_sample in data_samples:
            if 'reconstruction_error' in data_sample and 'copy_reference_error' in data_sample:
                self.results.append(
                    (float(data_sample['reconstruction_error']), float(data_sample['copy_reference_error']))
                )

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Means over the samples."""
        if not results:
            raise ValueError(
                'no data sample has a reconstruction error: set model.test_cfg.reconstruct=True, with an estimator '
                'that has a generator and batches of at least two images'
            )
        error, copy_error = (float(value) for value in np.mean(results, axis=0))
        ratio = error / copy_error if copy_error else float('inf')
        return {'error': error, 'copy_reference_error': copy_error, 'ratio_to_copy': ratio}
