"""What processes tell each other: nothing when alone, and by hand for two."""

import pytest
import torch

from kpgan_mm.engine import join_processes
from kpgan_mm.utils.collectives import all_rows, mean_over_processes, of_first_process, own_rows
from tests.processes import run_processes


def test_alone_nothing_changes():
    values = torch.tensor([[1.0], [2.0]], requires_grad=True)
    assert mean_over_processes(values) is values
    assert torch.equal(all_rows(values), values.detach()) and not all_rows(values).requires_grad
    assert torch.equal(own_rows(values), values)
    assert torch.equal(of_first_process(values), values)


def in_two() -> None:
    join_processes('pytorch')
    rank = torch.distributed.get_rank()
    rows = torch.tensor([[0.0], [2.0]]) + rank
    assert all_rows(rows).tolist() == [[0], [1], [2], [3]]
    assert torch.equal(own_rows(all_rows(rows)), rows)
    assert of_first_process(torch.tensor([5 + rank])).tolist() == [5]
    # Of the losses m and 10 m: a value gets the mean of both gradients, as its share in m is a half of both.
    value = torch.tensor(1.0 + 2 * rank, requires_grad=True)
    mean = mean_over_processes(value)
    assert mean == 2
    (mean * (1, 10)[rank]).backward()
    assert value.grad == 5.5


@pytest.mark.dist
def test_two_processes():
    run_processes(2, in_two)
