"""Keypoints of the user's own images, as soon as a training is done."""

from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from kpgan_mm.registry import HOOKS

from .contact_sheet_hook import evaluation_mode


@HOOKS.register_module()
class PredictFilesHook(Hook):
    """After training, writes what :func:`kpgan_mm.apis.predict_files` does into ``<work_dir>/predictions``.

    A skeleton that the model has learned is drawn and written; else that of the training set's metainfo.

    Args:
        source (str): image, folder or video.
    """

    priority = 'VERY_LOW'

    def __init__(self, source: str) -> None:
        self.source = source

    @master_only
    def after_train(self, runner) -> None:
        """Predict with the final weights."""
        # It brings MMPose's inferencers along, which training does not need.
        from kpgan_mm.apis import predict_files

        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        model.cfg = runner.cfg
        learned = getattr(model.head, 'learned_metainfo', None)
        model.dataset_meta = parse_pose_metainfo(learned()) if learned else runner.train_dataloader.dataset.metainfo
        with evaluation_mode(model):
            files = predict_files(model, self.source, Path(runner.work_dir, 'predictions'))
        message = f'Keypoints of {files.num_frames} frames are in {files.out_dir}'
        print_log(message + (f'; {len(files.left_out)} were left out' if files.left_out else ''), logger='current')
