"""One full training step of KeypointGAN as released, and its perceptual loss alone."""

from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapperDict
from mmengine.structures import InstanceData
from torch import Tensor, nn

import kpgan_mm  # noqa: F401  (registers everything, and makes MMPose importable)
from kpgan_mm.registry import MODELS, OPTIM_WRAPPER_CONSTRUCTORS

from ..cases import Call, Case
from ..reference.networks import PerceptualLoss
from ..reference.training import ReferenceTraining

_CONFIG = Path(__file__).parents[4] / 'configs' / 'kpgan_h36m.py'
# Gradients of whole untrained networks: float32 with sums in another order (2 % measured), and bfloat16's 8 bits.
# That the mathematics is the same is asserted by `exact_step`, in float64.
_TOLERANCE = {'ours': 0.1, 'ours, bfloat16': 0.5}


def released_model() -> tuple[nn.Module, Config]:
    """The released KeypointGAN with random weights (seed 0), those of the perceptual loss too, and its config."""
    config = Config.fromfile(_CONFIG)
    settings = config.model
    settings.reconstruction_loss.extractor.pop('init_cfg')
    settings.reconstruction_loss.untrained_seed = 0
    settings.head.pop('judge')
    torch.manual_seed(0)
    model = MODELS.build(settings)
    for network in (model.backbone, model.generator, model.discriminator, model.head.regressor):
        for parameter in network.parameters():
            if parameter.ndim > 1:  # of convolutions, as released
                nn.init.normal_(parameter, std=0.02)
    return model.train(), config


def random_batch(batch: int, size: int, num_keypoints: int) -> dict:
    """Random pictures and poses as the loader gives them."""
    from mmpose.structures import PoseDataSample

    generator = torch.Generator().manual_seed(0)
    samples = []
    for _ in range(batch):
        sample = PoseDataSample(metainfo=dict(input_size=(size, size)))
        pose = torch.rand(1, num_keypoints, 2, generator=generator) * 1.6 - 0.8
        sample.gt_instance_labels = InstanceData(prior_keypoints=pose)
        samples.append(sample)

    def pictures() -> list[Tensor]:
        shape = (3, size, size)
        return [torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8) for _ in range(batch)]

    return dict(inputs=pictures(), ref_inputs=pictures(), data_samples=samples)


def optimizers_of(model: nn.Module, config: Config, bfloat16: bool) -> OptimWrapperDict:
    """The config's optimisers, all with bfloat16 autocast if asked for."""
    entries = config.optim_wrapper.to_dict()
    constructor = entries.pop('constructor')
    if bfloat16:
        for entry in entries.values():
            entry['type'] = 'kpgan_mm.Bfloat16OptimWrapper'
    return OPTIM_WRAPPER_CONSTRUCTORS.build(dict(type=constructor, optim_wrapper_cfg=entries))(model)


def _record_gradients(optimizers: dict[str, torch.optim.Optimizer], gradients: dict[str, Tensor]) -> list:
    """Keep what arrives at each optimiser, as one vector; returns the handles."""

    def keep(phase: str):
        def hook(optimizer, *_) -> None:
            values = [p.grad.flatten() for group in optimizer.param_groups for p in group['params']]
            gradients[f'gradient, {phase}'] = torch.cat(values)

        return hook

    return [optimizer.register_step_pre_hook(keep(phase)) for phase, optimizer in optimizers.items()]


def _first_with_gradients(step, optimizers: dict[str, torch.optim.Optimizer]) -> Call:
    """A call that returns losses, and the first time gradients too."""
    gradients: dict[str, Tensor] = {}
    handles = _record_gradients(optimizers, gradients)

    def call() -> dict[str, Tensor]:
        losses = {f'loss, {phase}': loss for phase, loss in step().items()}
        results = losses | gradients
        while handles:
            handles.pop().remove()
        gradients.clear()
        return results

    return call


def _ours(batch: int, size: int, bfloat16: bool, exact: bool = False) -> Call:
    model, config = released_model()
    model.head.size = (size, size)
    model.pool.images = torch.zeros(len(model.pool.images), 1, size, size)
    if exact:
        model.double()
    wrappers = optimizers_of(model, config, bfloat16)
    data = random_batch(batch, size, model.head.skeleton.num_keypoints)
    if exact:
        for sample in data['data_samples']:
            labels = sample.gt_instance_labels
            labels.prior_keypoints = labels.prior_keypoints.double()

    def step() -> dict[str, Tensor]:
        logs = model.train_step(data, wrappers)
        return {phase: logs[f'{phase}/loss'] for phase in wrappers.optim_wrappers}

    return _first_with_gradients(step, {phase: wrapper.optimizer for phase, wrapper in wrappers.items()})


def reference_training(batch: int, size: int) -> tuple[ReferenceTraining, tuple[Tensor, Tensor, Tensor]]:
    """The plain networks with the weights of ours, and images, references and poses."""
    model, _ = released_model()
    skeleton = model.head.skeleton
    training = ReferenceTraining(skeleton.num_keypoints, skeleton.links, (size, size))
    training.backbone.load_state_dict(model.backbone.state_dict())
    training.generator.load_state_dict(model.generator.state_dict())
    training.discriminator.load_state_dict(model.discriminator.state_dict())
    training.regressor.load_state_dict(model.head.regressor.state_dict())
    copy_extractor(model, training.perceptual_loss)
    data = random_batch(batch, size, skeleton.num_keypoints)
    # As the preprocessor does, to the last digit: untrained networks make much of small differences.
    images, references = ((torch.stack(data[key])[:, [2, 1, 0]] - 127.5) / 127.5 for key in ('inputs', 'ref_inputs'))
    priors = torch.cat([sample.gt_instance_labels.prior_keypoints for sample in data['data_samples']])
    return training, (images, references, priors)


def copy_extractor(model: nn.Module, loss: PerceptualLoss) -> None:
    """Give the plain perceptual loss the weights of ours, contiguous."""
    ours = [m for m in model.reconstruction_loss.extractor.modules() if isinstance(m, nn.Conv2d)]
    plain = [m for m in loss.layers if isinstance(m, nn.Conv2d)]
    for source, target in zip(ours, plain, strict=False):  # ours has layers behind the last one that is compared
        target.load_state_dict(source.state_dict())


def _reference(batch: int, size: int, exact: bool = False) -> Call:
    training, inputs = reference_training(batch, size)
    if exact:
        training.double()
        # Pictures of whole grey levels, normalised once more in float64.
        *pictures, priors = inputs
        pictures = [((values * 127.5 + 127.5).round().double() - 127.5) / 127.5 for values in pictures]
        inputs = [*pictures, priors.double()]
    return _first_with_gradients(lambda: training.step(*inputs), training.optimizers)


def step(batch: int, size: int, part: str = 'step', bfloat16: bool = True, **targets) -> Case:
    """All three phases with their updates."""
    sides = dict(reference=lambda: _reference(batch, size), ours=lambda: _ours(batch, size, False))
    if bfloat16:
        sides['ours, bfloat16'] = lambda: _ours(batch, size, True)
    return Case(part, f'batch {batch}, {size} px', sides, images=batch, tolerance=_TOLERANCE, **targets)


def perceptual_loss(batch: int, size: int) -> Case:
    """The loss of random images, with the gradient of the reconstruction."""
    generator = torch.Generator().manual_seed(0)
    images, reconstruction = torch.rand(2, batch, 3, size, size, generator=generator) * 2 - 1

    def differentiated(loss) -> Call:
        leaf = reconstruction.clone().requires_grad_()

        def call() -> dict[str, Tensor]:
            value = loss(leaf, images)
            return dict(loss=value, gradient=torch.autograd.grad(value, leaf)[0])

        return call

    def ours() -> Call:
        return differentiated(released_model()[0].reconstruction_loss)

    def reference() -> Call:
        loss = PerceptualLoss()
        copy_extractor(released_model()[0], loss)
        return differentiated(loss)

    sides = dict(reference=reference, ours=ours)
    return Case('perceptual_loss', f'batch {batch}, {size} px', sides, images=batch, tolerance=_TOLERANCE)


def exact_step(batch: int, size: int) -> Case:
    """The same step in float64, where both sides must agree but for the last digits: it is the same mathematics."""
    sides = dict(
        reference=lambda: _reference(batch, size, exact=True), ours=lambda: _ours(batch, size, False, exact=True)
    )
    return Case('step', f'batch {batch}, {size} px, float64', sides, images=batch, tolerance=dict(ours=1e-7))
