"""What PlainCheckpointHook does when a training starts; what it writes is tested with the checkpoints."""

from types import SimpleNamespace

import torch

from kpgan_mm.engine.hooks import PlainCheckpointHook
from kpgan_mm.models.heads.confidence_calibration import ConfidenceCalibration


def test_a_training_starts_without_the_calibration_of_other_weights():
    calibration = ConfidenceCalibration(3)
    for buffer in calibration.buffers():
        buffer.fill_(0.5)
    model = torch.nn.ModuleDict(dict(head=torch.nn.ModuleDict(dict(calibration=calibration))))
    PlainCheckpointHook().before_train(SimpleNamespace(model=model))
    torch.testing.assert_close(calibration.state_dict(), ConfidenceCalibration(3).state_dict())
