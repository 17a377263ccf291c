"""Save a contact sheet of fixed samples every few hundred iterations."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from kpgan_mm.evaluation.crops import image_to_crop
from kpgan_mm.geometry import normalized_to_pixels
from kpgan_mm.registry import HOOKS
from kpgan_mm.visualization import draw_contact_sheet, to_uint8, write_picture

from .drawn_metainfo import own_metainfo

# How far from a frame its reference is looked for, in samples, the most telling distance first.
_REFERENCE_GAPS = (10, -10, 5, -5, 2, -2, 1, -1)


@contextmanager
def untouched_random_state() -> Iterator[None]:
    """Put the random state of Python, NumPy and PyTorch back afterwards: looking does not change the training."""
    python_state, numpy_state, torch_state = random.getstate(), np.random.get_state(), torch.get_rng_state()
    cuda_states = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
        torch.set_rng_state(torch_state)
        if cuda_states:
            torch.cuda.set_rng_state_all(cuda_states)


@contextmanager
def evaluation_mode(model: torch.nn.Module) -> Iterator[None]:
    """Evaluate without gradients, then put every module back into the mode it was in (some are kept frozen)."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


@HOOKS.register_module()
class ContactSheetHook(Hook):
    """Save ``<work_dir>/contact_sheets/iter_000400.jpg`` and so on, also to TensorBoard where that is configured.

    The samples are the same each time: spread evenly over the validation set, or without one the first of the
    training set. A sample's reference is the one its data set gives, else another frame of the same video
    (``video_id``), else the next sample of the sheet.

    The model offers ``visuals(inputs, ref_inputs) -> dict`` with ``images``, ``references`` and ``reconstructions``
    ``(B, 3, H, W)`` in ``[-1, 1]``, RGB, ``skeletons`` and ``clean_skeletons`` ``(B, 1, H, W)`` in ``[-1, 1]``, and
    ``keypoints`` ``(B, K, 2)`` in ``[-1, 1]``. It is called in evaluation mode; no random number is drawn from the
    training's streams. Links and colours are those of the data set's metainfo. A head whose keypoints are not the
    labelled ones says so by ``keypoint_metainfo``; its own are drawn then, and no labels. ``skeleton_links`` among the
    visuals replace the metainfo's, where links are learned.

    Args:
        interval (int): iterations between sheets; the last iteration always gets one.
        num_samples (int): columns of the sheet.
    """

    priority = 'LOW'

    def __init__(self, interval: int = 400, num_samples: int = 6) -> None:
        if interval < 1 or num_samples < 1:
            raise ValueError(f'interval and num_samples must be at least 1, got {interval} and {num_samples}')
        self.interval = interval
        self.num_samples = num_samples
        self._samples = None

    def before_train(self, runner) -> None:
        """Refuse a model that has nothing to show before the training starts."""
        if not hasattr(_bare(runner.model), 'visuals'):
            raise ValueError(
                f'ContactSheetHook: {type(_bare(runner.model)).__name__} has no method visuals(inputs, ref_inputs); '
                'remove the hook from custom_hooks for this model'
            )

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        """Save a sheet every ``interval`` iterations and after the last one."""
        if self.every_n_train_iters(runner, self.interval) or self.is_last_train_iter(runner):
            self.save(runner)

    @master_only
    def save(self, runner) -> None:
        """Draw the sheet of the model as it is now and write it to the work directory."""
        step = runner.iter + 1
        dataset = runner.train_dataloader.dataset if runner.val_loop is None else runner.val_loop.dataloader.dataset
        model = _bare(runner.model)
        with untouched_random_state(), evaluation_mode(model):
            if self._samples is None:
                self._samples = _fixed_samples(dataset, self.num_samples)
            batch = pseudo_collate(self._samples)
            processed = model.data_preprocessor(batch, False)
            visuals = model.visuals(processed['inputs'], processed['ref_inputs'])
        own = own_metainfo(model)
        sheet = self._draw(visuals, own or dataset.metainfo, with_labels=own is None)
        path = Path(runner.work_dir) / 'contact_sheets' / f'iter_{step:06d}.jpg'
        write_picture(path, sheet)
        tensorboard = runner.visualizer.get_backend('TensorboardVisBackend')
        if tensorboard is not None:
            tensorboard.add_image('contact_sheet', sheet, step)

    def _draw(self, visuals: dict, metainfo: dict, with_labels: bool) -> np.ndarray:
        names = ('images', 'references', 'skeletons', 'clean_skeletons', 'reconstructions')
        pictures = {name: to_uint8(visuals[name]) for name in names}
        size = pictures['images'].shape[1:3]
        truths = [_truth(sample['data_samples']) if with_labels else None for sample in self._samples]
        return draw_contact_sheet(
            **pictures,
            keypoints=normalized_to_pixels(visuals['keypoints'].detach().float().cpu().numpy(), size=size),
            skeleton_links=visuals.get('skeleton_links', metainfo['skeleton_links']),
            colors=metainfo['keypoint_colors'],
            truths=None if any(truth is None for truth in truths) else np.stack(truths),
        )


def _bare(model: torch.nn.Module) -> torch.nn.Module:
    return model.module if is_model_wrapper(model) else model


def _fixed_samples(dataset, num_samples: int) -> list[dict]:
    """Samples that every sheet shows, each with ``ref_inputs``."""
    num_samples = min(num_samples, len(dataset))
    if 'ref_inputs' in dataset[0]:
        # draws of an endless stream: the first are as good as any
        return [dataset[index] for index in range(num_samples)]
    indices = [int((column + 0.5) * len(dataset) / num_samples) for column in range(num_samples)]
    samples = [dataset[index] for index in indices]
    references = [_reference_index(dataset, index) for index in indices]
    for column, (sample, reference) in enumerate(zip(samples, references, strict=True)):
        other = samples[(column + 1) % num_samples] if reference is None else dataset[reference]
        sample['ref_inputs'] = other['inputs']
    return samples


def _reference_index(dataset, index: int) -> int | None:
    """Another frame of the same video, or None where the data set does not tell videos apart."""
    video = dataset.get_data_info(index).get('video_id')
    if video is None:
        return None
    for other in (index + gap for gap in _REFERENCE_GAPS):
        if 0 <= other < len(dataset) and dataset.get_data_info(other).get('video_id') == video:
            return other
    return None


def _truth(data_sample) -> np.ndarray | None:
    """Labelled joints ``(K, 2)`` in pixels of the crop, NaN where there is no label; None without any."""
    instances = data_sample.get('gt_instances')
    if instances is None or 'keypoints' not in instances or 'keypoints_visible' not in instances:
        return None
    keypoints = np.asarray(instances.keypoints, np.float64)[0, :, :2]
    labelled = np.asarray(instances.keypoints_visible).reshape(len(keypoints), -1)[:, 0] > 0
    if not labelled.any():
        return None
    return np.where(labelled[:, None], image_to_crop(keypoints, data_sample.metainfo), np.nan)
