"""Which metainfo predictions are drawn with."""

from mmengine.model import is_model_wrapper
from torch import nn


def own_metainfo(model: nn.Module) -> dict | None:
    """Parsed metainfo of keypoints that are not the labelled ones: a head's ``keypoint_metainfo``, or None.

    Methods that discover keypoints have as many as they like, and the labels' names, colours and links say nothing of
    them.
    """
    model = model.module if is_model_wrapper(model) else model
    return getattr(getattr(model, 'head', None), 'keypoint_metainfo', None)
