"""What a metric needs to be that learns from labelled training images before it evaluates."""

from abc import abstractmethod
from collections.abc import Sequence

from mmengine.dist import collect_results, is_main_process
from mmengine.evaluator import BaseMetric


class FittedMetric(BaseMetric):
    """A metric that is fitted first; :class:`kpgan_mm.FittedTestLoop` does so on a loader of its own.

    The samples to fit on and those to evaluate take different ways through the class, so none of one kind is ever among
    the other: :meth:`process_fit` and :meth:`finish_fit` for the first, MMEngine's ``process`` and ``evaluate`` for the
    second. Sub-classes give :meth:`record`, :meth:`fit` and ``compute_metrics``.

    Args:
        collect_device (str): ``'cpu'`` or ``'gpu'``.
        prefix (str, optional): before the names of the figures.
    """

    def __init__(self, collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self._fit_records: list[dict] = []
        self._is_fitted = False

    @abstractmethod
    def record(self, data_sample: dict) -> dict:
        """What is kept of a sample, small enough to hold for a whole data set."""

    @abstractmethod
    def fit(self, records: list[dict]) -> None:
        """Learn from the records of all training samples; in distributed runs in the first process only."""

    def process_fit(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Keep training samples; the arguments are those of :meth:`process`."""
        self._fit_records.extend(self.record(data_sample) for data_sample in data_samples)

    def finish_fit(self, size: int) -> None:
        """Gather what all processes kept, and fit anew.

        Args:
            size (int): number of samples in the data set, as for ``evaluate``: what a distributed sampler adds to give
                every process equally many is dropped.
        """
        records = collect_results(self._fit_records, size, self.collect_device)
        self._fit_records = []
        if is_main_process():
            self.fit(records)
        self._is_fitted = True

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Keep test samples; see :class:`mmengine.evaluator.BaseMetric`.

        Raises:
            ValueError: if nothing was fitted yet.
        """
        if not self._is_fitted:
            raise ValueError(
                f'{type(self).__name__} learns from labelled training images first: set '
                'test_cfg=dict(type="kpgan_mm.FittedTestLoop", fit_dataloader=...), and in val_cfg FittedValLoop'
            )
        self.results.extend(self.record(data_sample) for data_sample in data_samples)
