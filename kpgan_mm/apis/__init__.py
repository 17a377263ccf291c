"""Load a model, predict, reenact."""

from .inference import init_keypoint_model, predict, predict_samples, reenact

__all__ = ['init_keypoint_model', 'predict', 'predict_samples', 'reenact']
