import pytest
import torch

from kpgan_mm.registry import MODELS, OPTIM_WRAPPER_CONSTRUCTORS
from tests.toys import SIZE, batch, model_config, optim_wrapper_config

SECOND_CYCLE = dict(
    type='kpgan_mm.SecondCycle',
    discriminator=dict(type='kpgan_mm.PoseDiscriminator', in_channels=3, base_channels=2, num_scales=1, num_strided=2),
    input_size=(SIZE, SIZE),
    pool_size=3,
)
UNCONDITIONAL = dict(type='kpgan_mm.UnconditionalGenerator', base_channels=2)
# The rows of table 4.
ROWS = {
    'CycleGAN': dict(generator=UNCONDITIONAL, bottleneck=False, second_cycle=SECOND_CYCLE),
    'conditional generator': dict(bottleneck=False, second_cycle=SECOND_CYCLE),
    'bottleneck': dict(second_cycle=SECOND_CYCLE),
    'KeypointGAN': dict(),
    'one cycle': dict(generator=UNCONDITIONAL, bottleneck=False),
}


def build(**changes):
    torch.manual_seed(0)
    model = MODELS.build(model_config(**changes))
    optimisers = optim_wrapper_config()
    if 'second_cycle' in changes:
        optimisers['discriminator']['modules'] = ['discriminator', 'second_cycle']
    constructor = dict(type='kpgan_mm.MultiOptimWrapperConstructor', optim_wrapper_cfg=optimisers)
    return model.train(), OPTIM_WRAPPER_CONSTRUCTORS.build(constructor)(model)


@pytest.mark.parametrize('row', ROWS)
def test_every_row_of_table_4_trains_all_its_networks(row):
    model, wrappers = build(**ROWS[row])
    before = {name: value.detach().clone() for name, value in model.named_parameters() if value.requires_grad}
    logs = model.train_step(batch(), wrappers)
    assert all(torch.isfinite(value).all() for value in logs.values())
    moved = {name.split('.')[0] for name, value in model.named_parameters() if not torch.equal(value, before[name])}
    assert moved == {name.split('.')[0] for name in before}
    assert ('generator/loss_second_cycle' in logs) == ('second_cycle' in ROWS[row])
    assert ('discriminator/loss_adversarial_image' in logs) == ('second_cycle' in ROWS[row])
    shown = model.eval().visuals(torch.rand(2, 3, SIZE, SIZE))
    assert shown['reconstructions'].shape == (2, 3, SIZE, SIZE)


@pytest.mark.parametrize(('bottleneck', 'key'), [(True, 'clean_skeletons'), (False, 'skeletons')])
def test_what_the_generator_sees(bottleneck, key):
    model, _ = build(bottleneck=bottleneck)
    model.eval()
    seen = []
    model.generator.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    shown = model.visuals(torch.rand(2, 3, SIZE, SIZE))
    assert torch.equal(seen[0], shown[key])


def test_without_bottleneck_the_regressor_gets_no_gradient_from_the_reconstruction_nor_gives_any():
    model, _ = build(bottleneck=False)
    prepared = model.data_preprocessor(batch(), True)
    model._handed_on = {}
    model(**prepared, mode='generator')['loss_reconstruction'].backward()
    assert all(parameter.grad is None for parameter in model.head.regressor.parameters())
    assert any(parameter.grad.abs().sum() > 0 for parameter in model.backbone.parameters())


def test_unconditional_generator_does_not_look_at_the_reference():
    generator = MODELS.build(UNCONDITIONAL).eval()
    skeleton, reference = torch.rand(1, 1, SIZE, SIZE), torch.rand(1, 3, SIZE, SIZE)
    assert torch.equal(generator(skeleton, reference), generator(skeleton, -reference))
    # the conditional one's 4,825,635 without its appearance encoder and that encoder's part of the first convolution
    full = MODELS.build(dict(type='kpgan_mm.UnconditionalGenerator'))
    assert sum(parameter.numel() for parameter in full.parameters()) == 4_825_635 - 1_242_592 - 256 * 256 * 9


def test_losses_by_hand():
    model, _ = build(second_cycle=SECOND_CYCLE)
    prepared = model.data_preprocessor(batch(), True)
    model._handed_on = {}
    losses = model(**prepared, mode='generator')
    prior_skeleton, painted = model._handed_on['prior_skeleton'], model._handed_on['painted']
    second_cycle = model.second_cycle
    returned = model.translate(painted)  # batch statistics, as in the step
    assert losses['loss_second_cycle'].item() == pytest.approx(
        10 * (returned - prior_skeleton).abs().mean().item(), rel=1e-4
    )
    (judged,) = second_cycle.discriminator(painted)
    assert losses['loss_adversarial_image'].item() == pytest.approx(10 * (judged - 1).square().mean().item(), rel=1e-4)
    (real,) = second_cycle.discriminator(prepared['inputs'])
    loss = model(**prepared, mode='discriminator')['loss_adversarial_image']
    expected = 0.5 * ((real - 1).square().mean() + judged.square().mean())
    assert loss.item() == pytest.approx(expected.item(), rel=1e-4)
    assert second_cycle.pool.count == 2 and torch.equal(second_cycle.pool.images[:2], painted)
