"""Normalises both frames of a pair alike."""

import torch
from mmpose.models.data_preprocessors import PoseDataPreprocessor

from kpgan_mm.registry import MODELS


@MODELS.register_module()
class FramePairDataPreprocessor(PoseDataPreprocessor):
    """MMPose's preprocessor for batches that may carry a second image.

    ``inputs`` is handled as ever; ``ref_inputs``, when there, gets the same channel order and normalisation. With the
    defaults BGR pixels become RGB in ``[-1, 1]``.
    """

    def __init__(
        self, mean=(127.5, 127.5, 127.5), std=(127.5, 127.5, 127.5), bgr_to_rgb: bool = True, **kwargs
    ) -> None:
        super().__init__(mean=mean, std=std, bgr_to_rgb=bgr_to_rgb, **kwargs)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Batch of the loader to keyword arguments of the model's ``forward``; images ``(B, 3, H, W)``."""
        references = data.get('ref_inputs')
        prepared = super().forward({key: data[key] for key in ('inputs', 'data_samples')}, training)
        if references is not None:
            pair = super().forward({'inputs': references, 'data_samples': data['data_samples']}, training)
            prepared['ref_inputs'] = pair['inputs']
        # The layout in which convolutions are fastest, on CPUs and on GPUs; values and shapes are the same.
        for key in ('inputs', 'ref_inputs'):
            if key in prepared:
                prepared[key] = prepared[key].contiguous(memory_format=torch.channels_last)
        return prepared
