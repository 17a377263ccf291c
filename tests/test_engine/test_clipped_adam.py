import pytest
import torch
from mmengine.optim import build_optim_wrapper

from kpgan_mm.engine import ClippedAdam


def parameters(*gradients: list[float]) -> list[torch.nn.Parameter]:
    made = []
    for gradient in gradients:
        made.append(torch.nn.Parameter(torch.zeros(len(gradient))))
        made[-1].grad = torch.tensor(gradient)
    return made


def test_each_gradient_is_clipped_by_itself():
    large, small, unused = parameters([3.0, 4.0], [0.3, 0.4], [1.0])
    unused.grad = None
    ClippedAdam([large, small, unused], lr=0.1, max_norm=1.0).step()
    torch.testing.assert_close(large.grad, torch.tensor([0.6, 0.8]))
    torch.testing.assert_close(small.grad, torch.tensor([0.3, 0.4]))
    assert unused.item() == 0


def test_then_it_is_adam():
    ours, theirs = parameters([3.0, 4.0, 0.0]), parameters([0.6, 0.8, 0.0])
    options = dict(lr=0.1, betas=(0.5, 0.9), weight_decay=0.1)
    clipped, plain = ClippedAdam(ours, **options), torch.optim.Adam(theirs, **options)
    for gradient in ([3.0, 4.0, 0.0], [0.0, -10.0, 0.0]):
        ours[0].grad = torch.tensor(gradient)
        theirs[0].grad = torch.tensor(gradient) / torch.tensor(gradient).norm()
        clipped.step()
        plain.step()
    torch.testing.assert_close(ours[0], theirs[0])
    assert clipped.state_dict()['state'].keys() == plain.state_dict()['state'].keys()


def test_nothing_to_do_and_nothing_but_zeros():
    (parameter,) = parameters([0.0, 0.0])
    optimizer = ClippedAdam([parameter])
    optimizer.step()
    assert torch.equal(parameter.grad, torch.zeros(2)) and torch.isfinite(parameter).all()
    parameter.grad = None
    optimizer.step()


def test_closure():
    parameter = torch.nn.Parameter(torch.tensor([5.0]))
    optimizer = ClippedAdam([parameter], lr=0.1)

    def loss():
        optimizer.zero_grad()
        value = parameter.square().sum()
        value.backward()
        return value

    assert optimizer.step(loss).item() == 25
    assert parameter.grad.item() == pytest.approx(1)


def test_from_a_config_with_decay_for_weights_only():
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), torch.nn.BatchNorm2d(1))
    wrapper = build_optim_wrapper(
        model,
        dict(
            optimizer=dict(type='kpgan_mm.ClippedAdam', lr=1e-3, weight_decay=1e-5, max_norm=2.0),
            paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
        ),
    )
    assert wrapper.optimizer.max_norm == 2
    assert [group['weight_decay'] for group in wrapper.optimizer.param_groups] == [1e-5, 0, 0, 0]


def test_refuses_a_norm_that_stops_everything():
    with pytest.raises(ValueError, match='max_norm must be positive, got 0'):
        ClippedAdam(parameters([1.0]), max_norm=0)
