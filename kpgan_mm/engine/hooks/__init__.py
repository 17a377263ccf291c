"""What happens beside the training."""

from .contact_sheet_hook import ContactSheetHook
from .crop_visualization_hook import CropVisualizationHook
from .learned_skeleton_hook import LearnedSkeletonHook
from .plain_checkpoint_hook import PlainCheckpointHook
from .predict_files_hook import PredictFilesHook

__all__ = [
    'ContactSheetHook',
    'CropVisualizationHook',
    'LearnedSkeletonHook',
    'PlainCheckpointHook',
    'PredictFilesHook',
]
