"""Load a model, predict, redraw, and look at what the model does."""

from .appearance_grid import AppearanceGrid, appearance_grid
from .edit_keypoints import EditedImage, edit_keypoints
from .export import ExportedFile, export_model
from .export_checkpoint import publish
from .fast_networks import speed_up
from .frames import build_test_set, draw_pairs, spread_frames, videos_of
from .inference import init_keypoint_model, predict, predict_samples, reenact
from .leak_check import LeakCheck, leak_check
from .prediction_files import PredictionFiles, predict_files

__all__ = [
    'AppearanceGrid',
    'EditedImage',
    'ExportedFile',
    'LeakCheck',
    'PredictionFiles',
    'appearance_grid',
    'build_test_set',
    'draw_pairs',
    'edit_keypoints',
    'export_model',
    'init_keypoint_model',
    'leak_check',
    'predict',
    'predict_files',
    'predict_samples',
    'publish',
    'reenact',
    'speed_up',
    'spread_frames',
    'videos_of',
]
