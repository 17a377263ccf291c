import pytest
import torch

from kpgan_mm.geometry import at_least_float32


@pytest.mark.parametrize(
    ('given', 'computed'),
    [
        (torch.bfloat16, torch.float32),
        (torch.float16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ],
)
def test_half_precision_alone_changes(given, computed):
    values = torch.tensor([0.5, -2.0], dtype=given)
    assert at_least_float32(values).dtype == computed
    assert at_least_float32(values).tolist() == [0.5, -2.0]
    assert (at_least_float32(values) is values) == (given == computed)
