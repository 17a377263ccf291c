import math

import pytest
import torch
from mmengine.runner.checkpoint import load_state_dict

from kpgan_mm.models.heads.confidence_calibration import ConfidenceCalibration

RAW = torch.tensor([[0.0, 0.3, 1.0]])


def fitted() -> ConfidenceCalibration:
    calibration = ConfidenceCalibration(3)
    calibration.slope.fill_(2.0)
    calibration.offsets.copy_(torch.tensor([0.0, 1.0, 0.0]))
    calibration.within.fill_(0.05)
    return calibration


def test_changes_nothing_as_built():
    calibration = ConfidenceCalibration(3)
    assert not calibration.is_fitted
    assert torch.equal(calibration(RAW), RAW)


def test_by_hand():
    """The logit of 0.3 is ln(3/7), so sigmoid(2 logit + 1) = 9 e / (9 e + 49)."""
    calibration = fitted()
    found = calibration(RAW)[0]
    assert calibration.is_fitted
    assert found[1].item() == pytest.approx(9 * math.e / (9 * math.e + 49))
    assert 0 < found[0] < 1e-6 and 1 - 1e-6 < found[2] <= 1


@pytest.mark.parametrize('load', [torch.nn.Module.load_state_dict, load_state_dict])
def test_old_checkpoints_load(load, capsys):
    model = torch.nn.ModuleDict(dict(calibration=ConfidenceCalibration(3), layer=torch.nn.Linear(1, 1)))
    load(model, {name: value for name, value in model.state_dict().items() if 'layer' in name}, strict=True)
    assert not model['calibration'].is_fitted and capsys.readouterr() == ('', '')


def test_travels_in_the_checkpoint():
    calibration = ConfidenceCalibration(3)
    calibration.load_state_dict(fitted().state_dict())
    assert torch.equal(calibration(RAW), fitted()(RAW)) and calibration.within.item() == pytest.approx(0.05)


def test_half_a_calibration_is_refused():
    with pytest.raises(RuntimeError, match='offsets'):
        ConfidenceCalibration(3).load_state_dict({'slope': torch.ones(())})


def test_weights_without_a_calibration_take_the_old_one_away(capsys):
    model = torch.nn.ModuleDict(dict(calibration=fitted(), layer=torch.nn.Linear(1, 1)))
    model.load_state_dict({name: value for name, value in model.state_dict().items() if 'layer' in name})
    torch.testing.assert_close(model['calibration'].state_dict(), ConfidenceCalibration(3).state_dict())
    assert torch.equal(model['calibration'](RAW), RAW) and capsys.readouterr() == ('', '')


def test_switching_to_training_and_back_keeps_the_fit_and_clearing_does_not():
    calibration = fitted()
    calibration.train()
    calibration.eval()
    assert calibration.is_fitted
    calibration.clear()
    assert not calibration.is_fitted and calibration.slope == 1 and not calibration.offsets.any()
