"""Test and validation loops for metrics that are fitted with labelled training images first."""

import hashlib
import logging
import os
from collections.abc import Iterator

import torch
from mmengine.dataset import BaseDataset
from mmengine.dist import get_world_size
from mmengine.logging import print_log
from mmengine.runner import TestLoop, ValLoop, autocast
from mmengine.structures import BaseDataElement
from torch.utils.data import DataLoader

from kpgan_mm.registry import LOOPS


def image_names(dataset) -> Iterator[str | None]:
    """What tells each image of a data set from others: its path, or the video and frame, or its pixels; else None.

    Numbers, such as MMPose's ``id`` and ``img_id``, tell images of one annotation file apart only.

    Args:
        dataset: MMEngine's, or a wrapper of such.
    """
    parts = getattr(dataset, 'datasets', None) or ([dataset.dataset] if hasattr(dataset, 'dataset') else [])
    if parts:
        for part in parts:
            yield from image_names(part)
    elif isinstance(dataset, BaseDataset):
        for index in range(len(dataset)):
            # Not the sub-class's, which may read the picture.
            info = BaseDataset.get_data_info(dataset, index)
            if info.get('img_path'):
                yield os.path.realpath(info['img_path'])
            elif info.get('video_id') is not None and info.get('frame_id') is not None:
                yield f'frame {info["frame_id"]} of {info["video_id"]}'
            elif info.get('img') is not None:
                yield hashlib.sha256(info['img'].tobytes()).hexdigest()
            else:
                yield None
    else:
        yield None


def refuse_overlap(fit_dataset, dataset) -> None:
    """Make sure that no image to fit on is evaluated.

    Raises:
        ValueError: if one is.
    """
    tested = set(image_names(dataset))
    common = [name for name in image_names(fit_dataset) if name is not None and name in tested]
    if common:
        raise ValueError(
            f'{len(common)} of the images in fit_dataloader are evaluated as well, among them {common[0]}: give '
            'fit_dataloader a training split'
        )
    if None in tested:
        print_log(
            f'Images of {type(dataset).__name__} have no names: nothing checks that none is fitted on.',
            logger='current',
            level=logging.WARNING,
        )


class _FitsMetrics:
    """What both loops add to MMEngine's: before the first batch, metrics are fitted on a loader of their own.

    The model, as it is evaluated, predicts all samples of ``fit_dataloader``; every metric with the methods
    ``process_fit`` and ``finish_fit`` (:class:`kpgan_mm.evaluation.FittedMetric`) gets them, then evaluation goes on as
    usual. Hooks see nothing of it.

    Args:
        runner (Runner): the runner.
        dataloader (DataLoader | dict): to evaluate.
        evaluator (Evaluator | dict | list): metrics.
        fit_dataloader (DataLoader | dict): labelled training images; same pipeline as for evaluation, no shuffling.
        fp16 (bool): whether to predict in mixed precision, as in MMEngine.

    Raises:
        ValueError: if an image is in both loaders, their joints differ, or there are more processes than images.
    """

    predict = ''

    def __init__(self, runner, dataloader, evaluator, fit_dataloader: DataLoader | dict, fp16: bool = False) -> None:
        super().__init__(runner, dataloader, evaluator, fp16=fp16)
        if isinstance(fit_dataloader, dict):
            fit_dataloader = runner.build_dataloader(fit_dataloader, seed=runner.seed)
        self.fit_dataloader = fit_dataloader
        fit_dataset, dataset = fit_dataloader.dataset, self.dataloader.dataset
        joints = [getattr(one, 'metainfo', {}).get('keypoint_id2name') for one in (fit_dataset, dataset)]
        if joints[0] != joints[1]:
            raise ValueError('fit_dataloader and the evaluated data have different joints: give both one metainfo')
        refuse_overlap(fit_dataset, dataset)
        for name, part in (('fit_dataloader', fit_dataset), ('the evaluated data', dataset)):
            # A process without any would not fit, and the others wait for it.
            if len(part) < get_world_size():
                raise ValueError(f'{name} has {len(part)} images for {get_world_size()} processes: take fewer')

    def run_iter(self, idx, data_batch) -> None:
        """Evaluate one batch; see MMEngine."""
        if idx == 0:
            # Not before: hooks such as EMAHook put in the weights to evaluate at the beginning of the epoch.
            self.fit()
        super().run_iter(idx, data_batch)

    @torch.no_grad()
    def fit(self) -> None:
        """Predict the training images and fit all metrics that learn."""
        metrics = [metric for metric in self.evaluator.metrics if hasattr(metric, 'finish_fit')]
        if not metrics:
            return
        for data_batch in self.fit_dataloader:
            with autocast(enabled=self.fp16):
                outputs = getattr(self.runner.model, self.predict)(data_batch)
            samples = [output.to_dict() if isinstance(output, BaseDataElement) else output for output in outputs]
            for metric in metrics:
                metric.process_fit(data_batch, samples)
        for metric in metrics:
            metric.finish_fit(len(self.fit_dataloader.dataset))


@LOOPS.register_module()
class FittedTestLoop(_FitsMetrics, TestLoop):
    """MMEngine's test loop, metrics being fitted before the first batch; arguments as there, and ``fit_dataloader``."""

    predict = 'test_step'


@LOOPS.register_module()
class FittedValLoop(_FitsMetrics, ValLoop):
    """The same for validation."""

    predict = 'val_step'
