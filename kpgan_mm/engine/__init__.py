"""Optimisers, loop, distributed wrapper and hooks."""

from .bfloat16_optim_wrapper import Bfloat16OptimWrapper
from .clipped_adam import ClippedAdam
from .fitted_loops import FittedTestLoop, FittedValLoop
from .gan_train_loop import GANTrainLoop
from .global_batch_norm import GlobalBatchNorm
from .hooks import (
    ContactSheetHook,
    CropVisualizationHook,
    LearnedSkeletonHook,
    PlainCheckpointHook,
    PredictFilesHook,
)
from .optim_wrapper_constructor import MultiOptimWrapperConstructor
from .phased_distributed import PhasedDistributedDataParallel
from .process_runner import ProcessRunner
from .processes import join_processes

__all__ = [
    'Bfloat16OptimWrapper',
    'ClippedAdam',
    'ContactSheetHook',
    'CropVisualizationHook',
    'FittedTestLoop',
    'FittedValLoop',
    'GANTrainLoop',
    'GlobalBatchNorm',
    'LearnedSkeletonHook',
    'MultiOptimWrapperConstructor',
    'PhasedDistributedDataParallel',
    'PlainCheckpointHook',
    'PredictFilesHook',
    'ProcessRunner',
    'join_processes',
]
