"""Errors after supervised post-processing, by the named protocols of :mod:`kpgan_mm.evaluation.protocols`."""

import dataclasses
import importlib.util
import re
from collections.abc import Sequence

import numpy as np
from mmengine.logging import MMLogger

from kpgan_mm.registry import METRICS

from ..crops import image_side, image_to_box
from ..functional import macro_average, mean_keypoint_error, pooled_error, share_nearer, summed_absolute_error
from ..protocols import SCORES, find_protocol
from ..regression import Fit, exchange, fit_regression, nearer_mirrored
from ..units import UNITS, check_unit, unit_length
from .fitted_metric import FittedMetric


@METRICS.register_module()
class KeypointRegressionMetric(FittedMetric):
    """Error of a linear map of the predicted keypoints, fitted with the labels of training images.

    The number of predicted keypoints need not be that of the labelled joints, so keypoints without a meaning can be
    scored. It needs :class:`kpgan_mm.FittedTestLoop`, which predicts the training images and hands them over.

    Figures, their names after that of the protocol; errors are in the protocol's unit:

    - ``error``, or ``pck`` for the protocol that counts near joints (then more is better); ``error/<activity>`` where
      samples have the meta key ``activity``, and ``error_over_images`` where the protocol averages over activities
    - ``error_as_labelled`` where the protocol compares with the nearer of two labels: without that choice
    - ``mean_pose_error``: baseline, the mean labelled pose of the training images as a constant; a map of keypoints
      that say nothing gets about that
    - ``fit_error``: on the training images themselves, sides as the protocol treats them in testing; far below
      ``error`` means that there are too few of them

    Args:
        protocol (str): one of :data:`kpgan_mm.evaluation.protocols.PROTOCOLS`.
        unit (str, optional): of distances in place of the protocol's, see :data:`kpgan_mm.evaluation.units.UNITS`; its
            name is then appended to that of the protocol.
        intercept (bool, optional): in place of the protocol's; ``intercept`` or ``no_intercept`` is then appended to
            the name.
        keypoint_indices (Sequence[int], optional): labelled joints that count. Defaults to all.
        visible_only (bool, optional): in place of the protocol's: leave out joints with ``keypoints_visible`` 0, where
            some have no label.
        eyes (Sequence[int]): the two joints whose distance is the unit ``inter_ocular``.
        collect_device (str): ``'cpu'`` or ``'gpu'``.
        prefix (str, optional): replaces the protocol's name before the names.

    Raises:
        ImportError: if scikit-learn is not installed.
        ValueError: if protocol or unit is unknown or the protocol's unit cannot be replaced, if the joints do not allow
            what the protocol does, or if a joint that is tested was never labelled in training.
    """

    def __init__(
        self,
        protocol: str = 'keypointgan_regression',
        unit: str | None = None,
        intercept: bool | None = None,
        keypoint_indices: Sequence[int] | None = None,
        visible_only: bool | None = None,
        eyes: Sequence[int] = (0, 1),
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        if importlib.util.find_spec('sklearn') is None:
            raise ImportError('KeypointRegressionMetric needs scikit-learn: pip install scikit-learn')
        published = find_protocol(protocol)
        changes, name = {}, published.name
        if unit is not None and check_unit(unit) != published.unit:
            if published.score in ('summed_absolute', 'within_6'):
                raise ValueError(f'protocol {protocol} is defined in {UNITS[published.unit]} only, got unit {unit!r}')
            changes['unit'], name = unit, f'{name}_{unit}'
        if intercept is not None and intercept != published.intercept:
            changes['intercept'], name = intercept, f'{name}_{"intercept" if intercept else "no_intercept"}'
        if visible_only is not None:
            changes['visible_only'] = visible_only
        self.protocol = dataclasses.replace(published, name=name, **changes)
        self.keypoint_indices = keypoint_indices
        self.eyes = tuple(eyes)
        self._fit: Fit | None = None
        self._fit_error = float('nan')
        super().__init__(collect_device=collect_device, prefix=prefix or name)

    def record(self, data_sample: dict) -> dict:
        """Positions in the box, its longer side being 1, and what else the figures need."""
        predicted, labelled = data_sample['pred_instances'], data_sample['gt_instances']
        target = np.asarray(labelled['keypoints'], np.float64)[0, :, :2]
        num_keypoints = len(target)
        visible = np.ones(num_keypoints, bool)
        if self.protocol.visible_only and 'keypoints_visible' in labelled:
            # (1, K), or (1, K, 2) where the second column is a weight
            visible = np.asarray(labelled['keypoints_visible']).reshape(num_keypoints, -1)[:, 0] > 0
        has_labels = not self.protocol.drop_unlabelled or bool(image_to_box(target, data_sample).any())
        unit = unit_length(self.protocol.unit, data_sample, target, self.eyes) if has_labels else 1.0
        prediction = np.asarray(predicted['keypoints'], np.float64)[0, :, :2]
        return {
            'prediction': image_to_box(prediction, data_sample, self.protocol.origin),
            'target': image_to_box(target, data_sample, self.protocol.origin),
            'visible': visible & has_labels,
            'unit': unit / image_side(data_sample),
            'activity': data_sample.get('activity'),
        }

    def fit(self, records: list[dict]) -> None:
        """Fit the map to training samples; see :func:`~kpgan_mm.evaluation.regression.fit_regression`."""
        if not records:
            raise ValueError('the images to fit on are none: fit_dataloader is empty')
        samples = self._stack(records)
        flip_indices = self._flip_indices()
        left = self._left_joints() if self.protocol.fit_sides == 'facing' else ()
        self._fit = fit_regression(
            self.protocol, samples['prediction'], samples['target'], samples['counted'], flip_indices, left
        )
        self._fit_error = self._score(self._fit.regression.predict(samples['prediction']), samples)[0]

    def compute_metrics(self, results: list) -> dict[str, float]:
        """All figures of the class's description, from the test samples' records."""
        samples = self._stack(results)
        never = np.isnan(self._fit.mean_pose).any(axis=1) & samples['counted'].any(axis=0)
        if never.any():
            names = ', '.join(str(joint) for joint in np.flatnonzero(never))
            raise ValueError(f'joint {names} of the test set is labelled in no image of the fit: fit on more images')
        predictions = self._fit.regression.predict(samples['prediction'])
        name = 'pck' if self.protocol.score == 'within_6' else 'error'
        value, errors = self._score(predictions, samples)
        figures = {name: value}
        over_activities, per_activity = macro_average(errors, samples['activity'])
        if any(result['activity'] for result in results):
            figures.update({f'error/{activity}': error for activity, error in per_activity.items()})
            if self.protocol.score == 'activity_mean' and per_activity:
                figures['error_over_images'] = float(np.nanmean(errors))
        if self.protocol.nearest_sides:
            figures[f'{name}_as_labelled'] = self._score(predictions, samples, nearest=False)[0]
        constant = np.broadcast_to(self._fit.mean_pose, predictions.shape)
        figures[f'mean_pose_{name}'] = self._score(constant, samples)[0]
        figures[f'fit_{name}'] = self._fit_error
        MMLogger.get_current_instance().info(self._describe(value, len(results), len(per_activity)))
        return figures

    def _score(self, predictions: np.ndarray, samples: dict, nearest: bool = True) -> tuple[float, np.ndarray]:
        """The protocol's number, and mean distances ``(N,)`` in its unit.

        Args:
            predictions (np.ndarray): ``(N, K, 2)`` in the box.
            samples (dict): from :meth:`_stack`.
            nearest (bool): whether the protocol may choose the nearer label.
        """
        targets, counted = samples['target'], samples['counted']
        if nearest and self.protocol.nearest_sides:
            flip_indices = self._flip_indices()
            images = nearer_mirrored(predictions, targets, counted, flip_indices)
            targets, counted = exchange(targets, counted, images, flip_indices)
        errors = mean_keypoint_error(predictions, targets, samples['unit'], counted)
        differences = (predictions - targets) / samples['unit'][:, None, None]
        distances = np.linalg.norm(differences, axis=-1)
        if self.protocol.score == 'image_mean':
            return (float(np.nanmean(errors)) if counted.any() else float('nan')), errors
        if self.protocol.score == 'activity_mean':
            return macro_average(errors, samples['activity'])[0], errors
        if self.protocol.score == 'joint_mean':
            return pooled_error(distances, counted), errors
        if self.protocol.score == 'summed_absolute':
            return summed_absolute_error(differences, counted), errors
        return 100 * share_nearer(distances, counted, 6.0), errors

    def _stack(self, records: list[dict]) -> dict:
        """Arrays of all records. Joints that do not count are False in ``counted``, where the protocol may mirror them.

        Raises:
            ValueError: if samples differ in their number of joints.
        """
        for what in ('prediction', 'target'):
            numbers = sorted({len(record[what]) for record in records})
            if len(numbers) > 1:
                raise ValueError(
                    f'samples have {numbers[0]} and {numbers[-1]} keypoints as {what}: all must have as many'
                )
        samples = {
            key: np.stack([record[key] for record in records]) for key in ('prediction', 'target', 'visible', 'unit')
        }
        samples['counted'] = np.zeros(samples['visible'].shape, bool)
        joints = slice(None) if self.keypoint_indices is None else list(self.keypoint_indices)
        samples['counted'][:, joints] = samples['visible'][:, joints]
        samples['activity'] = [record['activity'] or 'unnamed' for record in records]
        return samples

    def _flip_indices(self) -> list[int]:
        """Those of the protocol; ``keypoint_indices`` must hold both joints of a pair, or none."""
        indices = self.protocol.flip_indices(self.dataset_meta['flip_indices'])
        chosen = range(len(indices)) if self.keypoint_indices is None else self.keypoint_indices
        alone = [joint for joint in chosen if indices[joint] not in chosen]
        if alone and self.protocol.nearest_sides:
            raise ValueError(
                f'keypoint_indices has joint {alone[0]} and not its counterpart {indices[alone[0]]}, which protocol '
                f'{self.protocol.name} exchanges'
            )
        return indices

    def _left_joints(self) -> list[int]:
        """The left joint of every pair, by the names of the metainfo: ``left_knee``, ``l_knee``, ``knee_left`` ...

        Raises:
            ValueError: if there are no pairs, or their names do not tell which is left.
        """
        names, flip_indices = self.dataset_meta['keypoint_id2name'], self.dataset_meta['flip_indices']
        paired = [joint for joint, mirrored in enumerate(flip_indices) if joint != mirrored]
        left = [joint for joint in paired if re.search(r'(^|_)(left|l)(_|$)', names[joint].lower())]
        if not left or sorted([*left, *(flip_indices[joint] for joint in left)]) != paired:
            raise ValueError(
                f'protocol {self.protocol.name} must know which joint of a pair is left: name them left_... or l_... '
                'in the metainfo'
            )
        return left

    def _describe(self, value: float, num_images: int, num_activities: int) -> str:
        protocol, fit = self.protocol, self._fit
        joints = 'all' if self.keypoint_indices is None else f'{len(self.keypoint_indices)} chosen'
        joints += ' visible' if protocol.visible_only else ''
        unit = '%' if protocol.score == 'within_6' else UNITS[protocol.unit]
        score = SCORES[protocol.score]
        if protocol.score == 'activity_mean':
            score = f'unweighted mean of {num_activities} activities' if num_activities > 1 else 'mean over images'
        coordinates = len(fit.regression.coefficients)
        rank = f', minimum norm (rank {fit.regression.rank} of {coordinates})'
        return (
            f'protocol {protocol.name}: linear map {"with" if protocol.intercept else "without"} intercept, fitted '
            f'with the labels of {fit.num_images} training images ({fit.num_exchanged} with sides exchanged, '
            f'{fit.num_dropped} outliers dropped{rank if fit.regression.rank < coordinates else ""}); {joints} joints, '
            f'{score}, {num_images} images'
            f'{", sides by the nearer label" if protocol.nearest_sides else ""}: {value:.3f} {unit}'
        )
