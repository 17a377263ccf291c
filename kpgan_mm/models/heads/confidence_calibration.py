"""From raw confidences to probabilities, by numbers that travel in the checkpoint."""

import torch
from torch import Tensor, nn

# Confidences of 0 and 1 have no logit.
_LEAST = 1e-4


class ConfidenceCalibration(nn.Module):
    r"""Platt scaling with one slope for all keypoints and one offset each: ``sigmoid(slope logit(raw) + offset_k)``.

    As built it changes nothing. Checkpoints that lack its buffers load without a word, and bring it back to that: a fit
    holds for the weights that it was made with only. For the same reason a training clears it when it starts
    (:class:`kpgan_mm.engine.hooks.PlainCheckpointHook`). ``tools/analysis_tools/calibrate_confidence.py`` fits it.

    Args:
        num_keypoints (int): K.

    Attributes:
        slope (Tensor): ``()``.
        offsets (Tensor): ``(K,)``.
        within (Tensor): ``()``, what a calibrated confidence is the probability of: that the keypoint is nearer to the
            truth than this share of the image's side. 0 where nothing was fitted.
    """

    def __init__(self, num_keypoints: int) -> None:
        super().__init__()
        self.register_buffer('slope', torch.ones(()))
        self.register_buffer('offsets', torch.zeros(num_keypoints))
        self.register_buffer('within', torch.zeros(()))

    def clear(self) -> None:
        """Forget the fit, in place: confidences are raw again."""
        for buffer, value in zip(self._buffers.values(), self._unfitted(), strict=True):
            buffer.copy_(value)

    def _unfitted(self) -> tuple[Tensor, Tensor, Tensor]:
        """The buffers as they are built."""
        return torch.ones_like(self.slope), torch.zeros_like(self.offsets), torch.zeros_like(self.within)

    @property
    def is_fitted(self) -> bool:
        """Whether confidences are probabilities."""
        return bool(self.within > 0)

    def forward(self, confidences: Tensor) -> Tensor:
        """Raw confidences ``(B, K)`` in [0, 1] to probabilities, or as they are where nothing was fitted."""
        if not self.is_fitted:
            return confidences
        logits = confidences.clamp(_LEAST, 1 - _LEAST).logit()
        return (self.slope * logits + self.offsets).sigmoid()

    def _load_from_state_dict(self, state_dict, prefix, *args) -> None:
        """Checkpoints from before this class have nothing to say about it."""
        names = [prefix + name for name in self._buffers]
        if not any(name in state_dict for name in names):
            state_dict = {**state_dict, **dict(zip(names, self._unfitted(), strict=True))}
        super()._load_from_state_dict(state_dict, prefix, *args)
