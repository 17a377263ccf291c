import copy

import numpy as np
import pytest
import torch
from mmpose.models.pose_estimators import TopdownPoseEstimator

from kpgan_mm.models.pose_estimators.phased_training import only_trainable
from kpgan_mm.registry import MODELS, OPTIM_WRAPPER_CONSTRUCTORS
from tests.toys import SIZE, batch, head_config, model_config, optim_wrapper_config


def build(**changes):
    torch.manual_seed(0)
    model = MODELS.build(model_config(**changes))
    optimisers = optim_wrapper_config()
    if model.regressor_weights is None:
        optimisers.pop('regressor')
    constructor = dict(type='kpgan_mm.MultiOptimWrapperConstructor', optim_wrapper_cfg=optimisers)
    return model, OPTIM_WRAPPER_CONSTRUCTORS.build(constructor)(model)


def parameters_of(model, names) -> dict[str, torch.Tensor]:
    return {k: v.detach().clone() for k, v in model.named_parameters() if k.startswith(tuple(names))}


def test_every_phase_trains_its_own_networks_and_leaves_no_gradients_elsewhere():
    model, wrappers = build()
    model.train()
    prepared = model.data_preprocessor(batch(), True)
    model._handed_on = {}
    trained = dict(generator=['backbone', 'generator'], discriminator=['discriminator'], regressor=['head.regressor'])
    for phase, names in trained.items():
        before = parameters_of(model, [''])
        with only_trainable(model, wrappers[phase]):
            loss, _ = model.parse_losses(model(**prepared, mode=phase))
            loss.backward()
        for name, parameter in model.named_parameters():
            assert (parameter.grad is not None) == name.startswith(tuple(names)), name
        wrappers[phase].step()
        wrappers[phase].zero_grad()
        changed = {name for name, value in parameters_of(model, ['']).items() if not torch.equal(value, before[name])}
        assert changed and all(name.startswith(tuple(names)) for name in changed)


def test_flags_are_put_back_even_after_an_error():
    model, wrappers = build(regressor_weights=None)
    with pytest.raises(KeyError), only_trainable(model, wrappers['discriminator']):
        assert not next(model.backbone.parameters()).requires_grad
        raise KeyError
    assert next(model.backbone.parameters()).requires_grad
    assert not next(model.head.regressor.parameters()).requires_grad


def test_train_step_logs_by_phase_and_fills_the_pool():
    model, wrappers = build()
    model.train()
    logs = model.train_step(batch(), wrappers)
    assert set(logs) == {
        'generator/loss', 'generator/loss_reconstruction', 'generator/loss_adversarial',
        'discriminator/loss', 'discriminator/loss_adversarial',
        'regressor/loss', 'regressor/loss_prior', 'regressor/loss_predicted',
    }  # fmt: skip
    assert logs['generator/loss_reconstruction'].item() == pytest.approx(10.0, abs=1e-4)
    assert model.pool.count == 2
    assert model._handed_on == {}


def test_losses_by_hand():
    """Weights of the released configuration, on what the networks give at the start of a step."""
    model, _ = build()
    model.train()
    prepared = model.data_preprocessor(batch(), True)
    model._handed_on = {}
    model(**prepared, mode='generator')
    skeleton = model._handed_on['skeleton']
    discriminator = model(**prepared, mode='discriminator')['loss_adversarial']
    regressor = model(**prepared, mode='regressor')
    prior = torch.cat([s.gt_instance_labels.prior_keypoints for s in prepared['data_samples']])
    drawn = model.head.render(prior)
    real = torch.stack([(m - 1).square().mean() for m in model.discriminator(drawn)]).mean()
    fake = torch.stack([m.square().mean() for m in model.discriminator(skeleton)]).mean()
    assert discriminator.item() == pytest.approx(0.5 * (real + fake).item(), rel=1e-5)
    on_prior = (model.head.regressor(drawn) - prior).square().mean()
    on_predicted = (model.head.render(model.head.regressor(skeleton)) - skeleton).square().mean()
    assert regressor['loss_prior'].item() == pytest.approx(0.9 * on_prior.item(), rel=1e-5)
    assert regressor['loss_predicted'].item() == pytest.approx(0.1 * on_predicted.item(), rel=1e-5)


def test_the_generator_never_sees_the_raw_skeleton():
    """The bottleneck: the reconstruction depends on the image through keypoints alone."""
    model, _ = build()
    model.eval()
    seen = []
    model.generator.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    inputs = torch.rand(2, 3, SIZE, SIZE)
    shown = model.visuals(inputs)
    assert torch.equal(seen[0], model.head.render(shown['keypoints']))
    assert torch.allclose(shown['references'], inputs.roll(1, 0), atol=1e-6)


def test_frozen_regressor_stays_as_it_was():
    model, wrappers = build(regressor_weights=None)
    before = parameters_of(model, ['head.regressor'])
    logs = model.train_step(batch(), wrappers)
    assert not any(name.startswith('regressor/') for name in logs)
    assert all(torch.equal(value, before[name]) for name, value in parameters_of(model, ['head.regressor']).items())


def test_bfloat16_per_optimiser():
    model, _ = build()
    optimisers = optim_wrapper_config()
    optimisers['generator']['type'] = 'kpgan_mm.Bfloat16OptimWrapper'
    wrappers = OPTIM_WRAPPER_CONSTRUCTORS.build(
        dict(type='kpgan_mm.MultiOptimWrapperConstructor', optim_wrapper_cfg=optimisers)
    )(model)
    dtypes = {}
    model.backbone.register_forward_hook(lambda _, __, out: dtypes.update(skeleton=out[0].dtype))
    model.discriminator.register_forward_hook(lambda _, __, out: dtypes.update(judged=out[0].dtype))
    logs = model.train_step(batch(), wrappers)
    assert dtypes == dict(skeleton=torch.bfloat16, judged=torch.float32)
    assert all(torch.isfinite(value).all() for value in logs.values())
    assert all(p.dtype == torch.float32 for p in model.parameters())


def test_prediction_in_pixels_of_the_image():
    """Through a box that is neither at the origin nor of the input's size."""
    model, _ = build()
    model.eval()
    model.head.regressor.forward = lambda skeleton: torch.tensor([[[-1.0, -1.0], [1.0, 1.0], [0.0, 0.0], [0.0, 1.0]]])
    sample = model.test_step(dict(batch(1), ref_inputs=None))[0]
    # Input pixels p map to p / 32 * 64 + (28, 8).
    expected = [[28, 8], [90, 70], [59, 39], [59, 70]]
    assert np.allclose(sample.pred_instances.keypoints[0], expected, atol=1e-4)


def test_a_stock_estimator_predicts_the_same():
    model, wrappers = build()
    model.train_step(batch(), wrappers)
    stock = MODELS.build(
        dict(
            type='mmpose.TopdownPoseEstimator',
            backbone=dict(type='kpgan_mm.SkeletonTranslator', base_channels=2),
            head=head_config(),
            data_preprocessor=dict(type='kpgan_mm.FramePairDataPreprocessor'),
        )
    )
    assert type(stock) is TopdownPoseEstimator
    kept = {k: v for k, v in model.state_dict().items() if k.startswith(('backbone.', 'head.'))}
    stock.load_state_dict(kept)
    data = batch(3)
    ours = model.eval().test_step(copy.deepcopy(data))
    theirs = stock.eval().test_step({key: data[key] for key in ('inputs', 'data_samples')})
    for a, b in zip(ours, theirs, strict=True):
        assert np.array_equal(a.pred_instances.keypoints, b.pred_instances.keypoints)


def test_tensor_mode_needs_no_reference_and_loss_mode_explains_itself():
    model, _ = build()
    assert model(torch.zeros(1, 3, SIZE, SIZE), None, mode='tensor').shape == (1, 4, 2)
    with pytest.raises(RuntimeError, match='GANTrainLoop'):
        model(torch.zeros(1, 3, SIZE, SIZE), [], mode='loss')


def test_visuals_are_pixels_again_after_another_normalisation():
    model, _ = build(
        data_preprocessor=dict(type='kpgan_mm.FramePairDataPreprocessor', mean=(40.0,) * 3, std=(20.0,) * 3)
    )
    model.eval()
    data = batch()
    shown = model.visuals(model.data_preprocessor(data)['inputs'])
    pixels = torch.stack(data['inputs']).flip(1) / 127.5 - 1
    assert torch.allclose(shown['images'], pixels, atol=1e-5)


@pytest.mark.parametrize('culprit', ['pipeline', 'decoder'])
def test_sizes_that_do_not_fit_are_refused_in_training(culprit):
    model, wrappers = build()
    data = batch()
    if culprit == 'pipeline':
        data['inputs'] = [torch.zeros(3, 2 * SIZE, 2 * SIZE, dtype=torch.uint8) for _ in range(2)]
        message = r'images have \(64, 64\) .*, skeleton images \(64, 64\), and the head expects \(32, 32\)'
    else:
        model.backbone.register_forward_hook(lambda _, __, out: (out[0][..., ::2, ::2],))
        message = r'images have \(32, 32\) .*, skeleton images \(16, 16\), .*TopdownAffine.*SkeletonDecoder'
    with pytest.raises(ValueError, match=message):
        model.train_step(data, wrappers)
