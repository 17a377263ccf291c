"""The evaluation protocol of KeypointGAN (Jakab et al. 2020, section 5.1 and the released evaluation script)."""

from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from kpgan_mm.geometry import mirror_keypoints
from kpgan_mm.registry import METRICS, TASK_UTILS

from ..crops import crop_to_image, place_in_crop
from ..functional import choose_sides, macro_average, mean_keypoint_error
from ..units import UNITS, check_unit, unit_length

# The name before the figures, for each unit.
PREFIXES = {'percent': 'keypointgan', 'pixels': 'keypointgan_pixels', 'inter_ocular': 'inter_ocular'}


@METRICS.register_module()
class KeypointGANMetric(BaseMetric):
    """Mean distance to the labelled joints, nothing fitted with labels.

    The error of an image is the mean over its joints of the Euclidean distance, divided by a unit: the side of the
    image, i.e. of the sample's bounding box, the longer one if it is not square (protocol ``keypointgan``); pixels of
    the image, into which predictions are mapped back (``keypointgan_pixels``, section 5.1, table 2); or the labelled
    distance between the eyes (``inter_ocular``, section 5.2, table 3). Errors are averaged over the images of each
    activity (meta key ``activity``; one group if the samples have none) and then, unweighted, over the activities.

    Figures, all in the unit but the ratios:

    - ``error``, and ``error/<activity>`` and ``error_over_images``, the mean over images, if there are activities
    - ``mirrored_minimum``: the same with, in each image, the smaller of the errors against the label and against the
      label with left and right exchanged; ``correct_sides``: share of images whose error is not reduced by the
      exchange. Only where the metainfo has left and right.
    - ``error_unjudged`` and ``judge_flip_rate``, if the predictions carry ``pred_instances.keypoints_judge``: the side
      choice of the released evaluation. In each image left and right are exchanged if that brings the prediction
      nearer to the judge's reading (the regressor as pre-trained, reading the clean skeleton); no label is used. All
      other figures are then those after the choice.
    - ``error_without_<names>`` with ``exclude``
    - ``mean_prior_error`` and ``ratio_to_mean_prior`` with ``prior``: the error of a constant, the mean of the prior
      poses put into each sample's crop. Constants look deceptively good on aligned data; read every error beside it.

    ``keypoints`` ``(1, K, 2)`` are in pixels of the image, ``keypoints_judge`` ``(1, K, 2)`` in those of the network's
    input, since stock estimators map the keypoints alone.

    Args:
        prior (dict | object, optional): pose prior (config for ``TASK_UTILS``) whose mean is the baseline.
        unit (str): ``'percent'`` of the image side, ``'pixels'``, or ``'inter_ocular'``, in per cent as well.
        eyes (Sequence[int]): the two joints whose labelled distance is the inter-ocular one; for the 68 points of
            300-W its outer corners, (36, 45).
        exclude (Sequence[str]): joints to leave out of the second set of figures.
        keypoint_indices (Sequence[int], optional): evaluate these joints only. Defaults to all.
        visible_only (bool): leave out joints with ``keypoints_visible`` 0. The protocol counts all joints; where some
            have no label, as in COCO, this must be set.
        collect_device (str): ``'cpu'`` or ``'gpu'``.
        prefix (str, optional): replaces the protocol's name before the names.

    Raises:
        ValueError: if the unit is unknown, prediction, label and prior differ in their number of joints, or ``exclude``
            names an unknown joint.
    """

    def __init__(
        self,
        prior=None,
        unit: str = 'percent',
        eyes: Sequence[int] = (0, 1),
        exclude: Sequence[str] = (),
        keypoint_indices: Sequence[int] | None = None,
        visible_only: bool = False,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        if check_unit(unit) not in PREFIXES:
            raise ValueError(f'KeypointGANMetric measures in {", ".join(PREFIXES)}, got unit {unit!r}')
        super().__init__(collect_device=collect_device, prefix=prefix or PREFIXES[unit])
        self.unit, self.eyes = unit, tuple(eyes)
        prior = TASK_UTILS.build(prior) if isinstance(prior, dict) else prior
        self.mean_prior = None if prior is None else np.asarray(prior.mean(), dtype=np.float64)
        self.exclude = [exclude] if isinstance(exclude, str) else list(exclude)
        self.keypoint_indices = keypoint_indices
        self.visible_only = visible_only

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Keep what the figures need of each sample; see :class:`mmengine.evaluator.BaseMetric`."""
        for data_sample in data_samples:
            predicted, labelled = data_sample['pred_instances'], data_sample['gt_instances']
            result = {
                'prediction': np.asarray(predicted['keypoints'], np.float64)[0, :, :2],
                'target': np.asarray(labelled['keypoints'], np.float64)[0, :, :2],
                'activity': data_sample.get('activity'),
            }
            result['unit'] = unit_length(self.unit, data_sample, result['target'], self.eyes)
            num_keypoints = len(result['target'])
            result['visible'] = np.ones(num_keypoints, bool)
            if self.visible_only and 'keypoints_visible' in labelled:
                # (1, K), or (1, K, 2) where the second column is a weight
                visible = np.asarray(labelled['keypoints_visible']).reshape(num_keypoints, -1)
                result['visible'] = visible[:, 0] > 0
            if 'keypoints_judge' in predicted:
                judged = np.asarray(predicted['keypoints_judge'], np.float64)[0, :, :2]
                result['judge'] = crop_to_image(judged, data_sample)
            if self.mean_prior is not None:
                result['mean_prior'] = place_in_crop(self.mean_prior, data_sample)
            for what in ('prediction', 'judge', 'mean_prior'):
                if what in result and len(result[what]) != num_keypoints:
                    raise ValueError(
                        f'{what.replace("_", " ")} has {len(result[what])} joints and the label {num_keypoints}: '
                        'model, prior and test set must share one metainfo'
                    )
            self.results.append(result)

    def compute_metrics(self, results: list) -> dict[str, float]:
        """All figures of the class's description, from what :meth:`process` kept."""
        stacked = {key: np.stack([r[key] for r in results]) for key in results[0] if key != 'activity'}
        activities = [r['activity'] or 'unnamed' for r in results]
        flip_indices = list(self.dataset_meta['flip_indices'])
        counted = np.zeros(stacked['visible'].shape, bool)
        counted[:, slice(None) if self.keypoint_indices is None else list(self.keypoint_indices)] = True

        figures = {}
        predictions = stacked['prediction']
        if 'judge' in stacked:
            unjudged = self._errors(predictions, stacked, counted)
            figures['error_unjudged'] = macro_average(unjudged, activities)[0]
            predictions, swapped = choose_sides(predictions, stacked['judge'], flip_indices)
            figures['judge_flip_rate'] = float(100 * swapped.mean())

        errors = self._errors(predictions, stacked, counted)
        mean, per_activity = macro_average(errors, activities)
        figures = {'error': mean, **figures}
        if any(r['activity'] for r in results):
            figures.update({f'error/{name}': value for name, value in per_activity.items()})
            figures['error_over_images'] = float(np.nanmean(errors)) if per_activity else float('nan')
        if flip_indices != list(range(len(flip_indices))):
            mirrored = {
                **stacked,
                'target': mirror_keypoints(stacked['target'], flip_indices),
                'visible': stacked['visible'][:, flip_indices],
            }
            mirrored_errors = self._errors(predictions, mirrored, counted)
            figures['mirrored_minimum'] = macro_average(np.fmin(errors, mirrored_errors), activities)[0]
            valid = ~np.isnan(errors)
            figures['correct_sides'] = float(100 * (errors <= mirrored_errors)[valid].mean()) if valid.any() else np.nan

        self._add_baseline(figures, '', mean, stacked, counted, activities)
        if self.exclude:
            suffix = '_without_' + '_'.join(self.exclude)
            remaining = counted.copy()
            remaining[:, self._indices(self.exclude)] = False
            mean_remaining = macro_average(self._errors(predictions, stacked, remaining), activities)[0]
            figures['error' + suffix] = mean_remaining
            self._add_baseline(figures, suffix, mean_remaining, stacked, remaining, activities)
        MMLogger.get_current_instance().info(self._describe(figures, results, per_activity))
        return figures

    @staticmethod
    def _errors(predictions: np.ndarray, stacked: dict, counted: np.ndarray) -> np.ndarray:
        """Errors ``(N,)`` in the unit."""
        return mean_keypoint_error(predictions, stacked['target'], stacked['unit'], counted & stacked['visible'])

    def _add_baseline(self, figures, suffix, mean, stacked, counted, activities) -> None:
        if 'mean_prior' in stacked:
            baseline = macro_average(self._errors(stacked['mean_prior'], stacked, counted), activities)[0]
            figures['mean_prior_error' + suffix] = baseline
            figures['ratio_to_mean_prior' + suffix] = mean / baseline if baseline else float('inf')

    def _indices(self, names: Sequence[str]) -> list[int]:
        known = self.dataset_meta['keypoint_name2id']
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValueError(f'exclude names {", ".join(unknown)}, but the data set has the joints {", ".join(known)}')
        return [known[name] for name in names]

    def _describe(self, figures: dict, results: list, per_activity: dict) -> str:
        groups = f'unweighted mean of {len(per_activity)} activities' if len(per_activity) > 1 else 'mean over images'
        joints = 'all' if self.keypoint_indices is None else f'{len(self.keypoint_indices)} chosen'
        joints += ' visible' if self.visible_only else ''
        judged = ', sides chosen by the judge (no labels)' if 'judge_flip_rate' in figures else ''
        return (
            f'protocol {self.prefix}: mean distance over {joints} joints in {UNITS[self.unit]}, {groups}, '
            f'{len(results)} images{judged}: {figures["error"]:.3f}{" %" if self.unit == "percent" else ""}'
        )
