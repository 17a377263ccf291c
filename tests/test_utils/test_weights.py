"""Whether a checkpoint belongs to a model."""

import pytest
import torch
from mmengine.config import Config
from torch import nn

from kpgan_mm.utils.config import ConfigError
from kpgan_mm.utils.weights import check_resumable, check_weights, weights_of


class Estimator(nn.Module):
    def __init__(self, width=2):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width))
        self.head = nn.Module()
        self.head.regressor = nn.Linear(width, 2)
        self.head.loss_module = nn.Linear(1, 1)
        self.generator = nn.Linear(2, 2)


class Renaming(Estimator):
    """Takes weights of an older version, as MMPose's heads do."""

    def _load_from_state_dict(self, state_dict, *args, **kwargs):
        for name in [name for name in state_dict if name.startswith('old_backbone.')]:
            state_dict[name.removeprefix('old_')] = state_dict.pop(name)
        super()._load_from_state_dict(state_dict, *args, **kwargs)


def test_names_and_shapes():
    weights = Estimator().state_dict()
    check_weights(Estimator(), weights, 'a.pth')
    check_weights(Estimator(), weights_of({'state_dict': {f'module.{k}': v for k, v in weights.items()}}, 'a'), 'a')
    # what predicts nothing, and buffers
    kept = {k: v for k, v in weights.items() if k.startswith(('backbone.', 'head.regressor')) and 'running' not in k}
    check_weights(Estimator(), kept, 'a.pth')
    with pytest.raises(ConfigError, match=r'a\.pth does not fit .* has no generator\.weight \(2 of 8 param'):
        check_weights(Estimator(), {k: v for k, v in weights.items() if 'gen' not in k}, 'a.pth', prefixes=('',))
    with pytest.raises(ConfigError, match=r'it has no backbone\.0\.weight \(4 of 6 parameters'):
        check_weights(Estimator(), {k: v for k, v in weights.items() if k.startswith('head.')}, 'a.pth')
    with pytest.raises(ConfigError, match=r'0\.weight has the shape \(3, 2\) there and \(2, 2\) here'):
        check_weights(Estimator(), Estimator(3).state_dict(), 'a.pth')


def test_models_may_rename_and_are_not_changed():
    weights = {k.replace('backbone.', 'old_backbone.'): v for k, v in Estimator().state_dict().items()}
    model = Renaming()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    check_weights(model, weights, 'a.pth')
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize('content', [3, [torch.ones(1)], {'state_dict': 3}])
def test_no_weights(content):
    with pytest.raises(ConfigError, match=r'a\.pth holds no weights'):
        weights_of(content, 'a.pth')


def test_resumable():
    one = {'state': {}, 'param_groups': []}
    good = dict(meta=dict(epoch=0, iter=3), state_dict={}, message_hub={}, optimizer=dict(generator=one))
    several = Config(dict(optim_wrapper=dict(constructor='x', generator=dict(optimizer=dict(type='Adam')))))
    single = Config(dict(optim_wrapper=dict(optimizer=dict(type='Adam'))))
    check_resumable(good, 'a.pth', several)
    check_resumable(good | dict(optimizer=one), 'a.pth', single)
    with pytest.raises(ConfigError, match='with one optimizer, and optim_wrapper has the optimizers generator'):
        check_resumable(good | dict(optimizer=one), 'a.pth', several)
    with pytest.raises(ConfigError, match='with the optimizers regressor, and optim_wrapper has the'):
        check_resumable(good | dict(optimizer=dict(regressor=one)), 'a.pth', several)
    for bad, what in ((3, 'state_dict, message_hub, meta.epoch'), (good | dict(meta=dict(iter=1)), 'meta.epoch')):
        with pytest.raises(ConfigError, match=rf'holds no training to resume \(no {what}'):
            check_resumable(bad, 'a.pth', several)
