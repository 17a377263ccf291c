"""Optimisers, loop, distributed wrapper and hooks."""

from .bfloat16_optim_wrapper import Bfloat16OptimWrapper
from .gan_train_loop import GANTrainLoop
from .hooks import ContactSheetHook, CropVisualizationHook, PlainCheckpointHook
from .optim_wrapper_constructor import MultiOptimWrapperConstructor
from .phased_distributed import PhasedDistributedDataParallel

__all__ = [
    'Bfloat16OptimWrapper',
    'ContactSheetHook',
    'CropVisualizationHook',
    'GANTrainLoop',
    'MultiOptimWrapperConstructor',
    'PhasedDistributedDataParallel',
    'PlainCheckpointHook',
]
