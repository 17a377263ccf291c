"""Checkpoints that know the skeleton their model has learned."""

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from kpgan_mm.registry import HOOKS


@HOOKS.register_module()
class LearnedSkeletonHook(Hook):
    """Puts the learned skeleton into the ``dataset_meta`` of every checkpoint, so that MMPose's tools draw it.

    For a model whose head has ``learned_metainfo()``, such as AutoLink's. Of a higher priority than the hook that
    rewrites checkpoints in plain types, which sees the result.
    """

    priority = 'LOW'

    def before_train(self, runner) -> None:
        """Refuse a model that learns no skeleton before the training starts."""
        if not hasattr(_head(runner.model), 'learned_metainfo'):
            raise ValueError(
                f'LearnedSkeletonHook: the head {type(_head(runner.model)).__name__} learns no skeleton; remove the '
                'hook from custom_hooks for this model'
            )

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Replace the training set's metainfo, which has no links yet."""
        checkpoint['meta']['dataset_meta'] = parse_pose_metainfo(_head(runner.model).learned_metainfo())


def _head(model):
    return getattr(model.module if is_model_wrapper(model) else model, 'head', None)
