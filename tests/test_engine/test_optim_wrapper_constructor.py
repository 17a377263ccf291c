import pytest
from torch import nn

from kpgan_mm.engine import MultiOptimWrapperConstructor

SGD = dict(type='SGD', lr=0.1)


class Toy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Linear(2, 2)
        self.head = nn.Module()
        self.head.regressor = nn.Linear(2, 3)
        self.head.final = nn.Linear(3, 1)
        self.frozen = nn.Linear(1, 1).requires_grad_(False)


def build(**entries):
    return MultiOptimWrapperConstructor(entries)(Toy())


def shapes(wrapper) -> list[tuple]:
    return [tuple(p.shape) for group in wrapper.optimizer.param_groups for p in group['params']]


def test_the_most_specific_module_takes_its_parameters():
    wrappers = build(
        main=dict(modules=['backbone', 'head'], optimizer=SGD, clip_grad=dict(max_norm=1.0)),
        regressor=dict(modules=['head.regressor'], optimizer=dict(type='Adam', lr=0.01)),
    )
    assert list(wrappers.keys()) == ['main', 'regressor']
    assert shapes(wrappers['main']) == [(2, 2), (2,), (1, 3), (1,)]
    assert shapes(wrappers['regressor']) == [(3, 2), (3,)]
    assert wrappers['main'].clip_grad_kwargs == dict(max_norm=1.0)
    assert wrappers.get_lr()['main.lr'] == [0.1] and wrappers.get_lr()['regressor.lr'] == [0.01]


def test_the_config_is_left_as_it_was():
    entries = dict(main=dict(modules=['backbone', 'head'], optimizer=SGD))
    MultiOptimWrapperConstructor(entries)(Toy())
    assert entries == dict(main=dict(modules=['backbone', 'head'], optimizer=SGD))


@pytest.mark.parametrize(
    ('entries', 'message'),
    [
        (dict(a=dict(modules=['neck'], optimizer=SGD)), 'lists "neck", which the model does not have'),
        (dict(a=dict(modules=['backbone'], optimizer=SGD)), 'no entry of optim_wrapper trains head.regressor.weight'),
        (
            dict(a=dict(modules=['backbone', 'head'], optimizer=SGD), b=dict(modules=['frozen'], optimizer=SGD)),
            'optim_wrapper.b has nothing to train',
        ),
        (
            dict(a=dict(modules=['backbone', 'head'], optimizer=SGD), b=dict(modules=['head'], optimizer=SGD)),
            'both list "head"',
        ),
    ],
)
def test_refuses(entries, message):
    with pytest.raises(ValueError, match=message):
        build(**entries)


def test_refuses_paramwise_options():
    with pytest.raises(ValueError, match='paramwise_cfg'):
        MultiOptimWrapperConstructor({}, dict(norm_decay_mult=0))


def test_entries_that_are_none_are_left_out():
    assert list(build(main=dict(modules=['backbone', 'head'], optimizer=SGD), regressor=None).keys()) == ['main']


def test_accumulated_gradients_are_refused():
    entry = dict(modules=['backbone', 'head'], optimizer=SGD)
    assert build(main=dict(entry, accumulative_counts=1))
    with pytest.raises(ValueError, match='optim_wrapper.main.accumulative_counts must be 1: gradients between updates'):
        build(main=dict(entry, accumulative_counts=4))
