"""Our parts in MMPose's estimator, MMPose's parts in ours, and our names in everybody's registries."""

import json
import os
import subprocess
import sys

import pytest
import torch
from mmengine.registry import Registry, init_default_scope
from mmpose.models.backbones import ResNet
from mmpose.models.pose_estimators import TopdownPoseEstimator

import kpgan_mm.datasets
import kpgan_mm.engine
import kpgan_mm.evaluation
import kpgan_mm.models  # noqa: F401  (all components are registered now)
from kpgan_mm import registry
from kpgan_mm.registry import MODELS
from tests.small_runs import puppet_config, train
from tests.toys import ROOT


@pytest.fixture(autouse=True)
def default_scope():
    """As a Runner has it, for what is built without one."""
    init_default_scope('mmpose')


@pytest.mark.parametrize('config', ['mix_resnet_bottleneck_puppets', 'mix_kpgan_resnet_puppets'])
def test_trains_and_validates(config, tmp_path):
    cfg = puppet_config(tmp_path, 2, config)
    cfg.train_cfg.val_interval = 2
    start = MODELS.build(cfg.model).state_dict()
    checkpoint = train(cfg)
    assert checkpoint['meta']['iter'] == 2
    assert checkpoint['state_dict'].keys() == start.keys()
    # A batch norm counts the batches of each forward pass in training.
    assert checkpoint['state_dict']['backbone.bn1.num_batches_tracked'] == 2
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'keypointgan/error: ' in log and 'keypointgan/ratio_to_mean_prior: ' in log and 'EPE: ' in log
    text = next(tmp_path.glob('*/vis_data/scalars.json')).read_text()
    losses = [json.loads(line) for line in text.splitlines() if 'loss' in line]
    assert len(losses) == 2 and 'NaN' not in text
    name = 'generator/loss_reconstruction' if 'kpgan' in config else 'loss_keypoints'
    assert all(entry[name] > 0 for entry in losses)


def test_the_stock_estimator_is_stock_and_learns(tmp_path):
    cfg = puppet_config(tmp_path, 2, 'mix_resnet_bottleneck_puppets')
    model = MODELS.build(cfg.model)
    assert type(model) is TopdownPoseEstimator and type(model.backbone) is ResNet
    model.init_weights()
    before = {name: value.clone() for name, value in model.named_parameters()}
    after = train(cfg)['state_dict']
    for part in ('backbone.', 'neck.', 'head.regressor.'):
        assert any(not torch.equal(after[name], before[name]) for name in before if name.startswith(part)), part


def test_a_backbone_without_a_decoder_explains_itself(tmp_path):
    cfg = puppet_config(tmp_path, 2, 'mix_resnet_bottleneck_puppets')
    cfg.model.pop('neck')
    with pytest.raises(ValueError, match='SkeletonDecoder'):
        MODELS.build(cfg.model)(torch.zeros(1, 3, 64, 64), None, mode='tensor')


def components() -> list[tuple[str, str]]:
    """(name of the registry's variable, name of the component) of everything that we register."""
    ours = {name: value for name, value in vars(registry).items() if isinstance(value, Registry)}
    return sorted(
        (variable, component)
        for variable, value in ours.items()
        if value.scope == 'kpgan_mm'
        for component, kind in value.module_dict.items()
        # Tests register toys of their own.
        if kind.__module__.startswith('kpgan_mm.')
    )


def test_there_are_components_in_every_registry():
    found = components()
    assert {variable for variable, _ in found} == {
        'DATASETS', 'DATA_SAMPLERS', 'HOOKS', 'LOOPS', 'METRICS', 'MODELS', 'MODEL_WRAPPERS', 'OPTIMIZERS',
        'OPTIM_WRAPPERS', 'OPTIM_WRAPPER_CONSTRUCTORS', 'TASK_UTILS', 'TRANSFORMS',
    }  # fmt: skip
    assert ('MODELS', 'KeypointGAN') in found and ('TASK_UTILS', 'MocapPosePrior') in found
    assert len(found) > 35


# Nothing of kpgan_mm is imported but by the registries themselves.
RESOLVE = """
import json, sys
from mmengine import registry as roots
from mmengine.registry import DefaultScope, init_default_scope
scope, names = json.loads(sys.argv[1])
if scope:
    init_default_scope(scope)
assert not any(name.startswith('kpgan_mm') for name in sys.modules)
for variable, component in names:
    found = getattr(roots, variable).get(f'kpgan_mm.{component}')
    assert found is not None and found.__name__ == component, ('mmengine', variable, component)
from mmpose import registry as mmpose_registries
for variable, component in names:
    if hasattr(mmpose_registries, variable):
        found = getattr(mmpose_registries, variable).get(f'kpgan_mm.{component}')
        assert found is not None and found.__name__ == component, ('mmpose', variable, component)
regressor = roots.MODELS.build(dict(type='kpgan_mm.KeypointRegressor', num_keypoints=3, base_channels=2))
assert type(regressor).__name__ == 'KeypointRegressor'
current = DefaultScope.get_current_instance()
assert (current and current.scope_name) == scope
print('resolved', len(names))
"""


@pytest.mark.parametrize('scope', ['mmpose', 'mmengine', None])
def test_names_resolve_from_any_scope(scope):
    """In a process of its own, which has never imported kpgan_mm."""
    names = components()
    result = subprocess.run(
        [sys.executable, '-c', RESOLVE, json.dumps([scope, names])],
        cwd=ROOT,
        env={**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip().endswith(f'resolved {len(names)}')
