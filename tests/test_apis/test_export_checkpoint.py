"""What is left of a checkpoint that is given away."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.hooks import EMAHook
from torch import nn

from kpgan_mm.apis import publish
from kpgan_mm.apis.export_checkpoint import strip_checkpoint
from kpgan_mm.utils.checkpoint import CheckpointError, load_from_local


def estimator() -> nn.Module:
    return nn.ModuleDict(
        {'backbone': nn.Linear(2, 2), 'neck': nn.Linear(2, 2), 'head': nn.Linear(2, 2), 'generator': nn.Linear(2, 2)}
    )


def test_averaged_weights_are_published(tmp_path):
    model = estimator()
    hook = EMAHook(momentum=0.25)
    runner = SimpleNamespace(model=model, cfg={}, _resume=False, iter=0, epoch=0)
    hook.before_run(runner)
    before = model['head'].weight.detach().clone()
    with torch.no_grad():
        model['head'].weight += 4
    hook.after_train_iter(runner, 0)  # a first copy
    with torch.no_grad():
        model['head'].weight += 4
    hook.after_train_iter(runner, 1)
    checkpoint = {'state_dict': model.state_dict(), 'meta': {}}
    hook.before_save_checkpoint(runner, checkpoint)
    torch.save(checkpoint, tmp_path / 'iter_2.pth')
    content = load_from_local(str(publish(tmp_path / 'iter_2.pth', tmp_path / 'out.pth')))
    averaged = hook.ema_model.module['head'].weight
    assert not torch.equal(averaged, model['head'].weight) and not torch.equal(averaged, before)
    assert torch.equal(content['state_dict']['head.weight'], averaged)
    assert set(content) == {'meta', 'state_dict'}


@pytest.mark.parametrize('suffix', ['pth', 'safetensors'])
def test_publish(suffix, tmp_path):
    meta = {'dataset_meta': {'keypoint_id2name': {0: 'nose'}, 'sigmas': np.array([0.5], np.float32)}, 'iter': 3}
    weights = {f'module.{name}': value for name, value in estimator().state_dict().items()}
    torch.save({'state_dict': weights, 'optimizer': {}, 'meta': {'iter': 3}}, tmp_path / 'in.pth')
    content = strip_checkpoint({'state_dict': weights, 'meta': {**meta, 'seed': 1, 'cfg_text': 'a = 1'}})
    assert content['meta'] == {**meta, 'cfg_text': 'a = 1'}
    assert {name.split('.')[0] for name in content['state_dict']} == {'backbone', 'neck', 'head'}
    path = publish(tmp_path / 'in.pth', tmp_path / f'out.{suffix}')
    assert path.suffix == f'.{suffix}' and sorted(tmp_path.iterdir()) == sorted([tmp_path / 'in.pth', path])
    read = load_from_local(str(path))
    assert read['meta'] == {'iter': 3}
    assert torch.equal(read['state_dict']['head.weight'], weights['module.head.weight'])


def test_what_is_no_estimator(tmp_path):
    with pytest.raises(ValueError, match='no weights called head.'):
        strip_checkpoint({'state_dict': {'backbone.weight': torch.ones(1)}})
    with pytest.raises(CheckpointError, match='no checkpoint'):
        publish(tmp_path / 'nothing.pth', tmp_path / 'out.pth')
