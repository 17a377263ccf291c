"""One training step as released: generator, discriminator, regressor."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .functions import render_skeleton
from .networks import Discriminator, Generator, PerceptualLoss, Regressor, Translator


class ReferenceTraining(nn.Module):
    """All networks with an Adam each; every phase runs its own forward pass, and nothing is kept from one to the next.

    Args:
        num_keypoints (int): K.
        links: of the skeleton, pairs of joints.
        size (tuple[int, int]): (height, width) of the images.
        pool_size (int): earlier skeletons kept for D.
    """

    def __init__(self, num_keypoints: int, links, size: tuple[int, int], pool_size: int = 50) -> None:
        super().__init__()
        self.backbone, self.generator = Translator(), Generator()
        self.regressor, self.discriminator = Regressor(num_keypoints), Discriminator()
        self.perceptual_loss = PerceptualLoss()
        self.links, self.size = links, size
        self.pool, self.pool_size = [], pool_size
        self.phases = dict(
            generator=(self.generator_loss, [self.backbone, self.generator]),
            discriminator=(self.discriminator_loss, [self.discriminator]),
            regressor=(self.regressor_loss, [self.regressor]),
        )
        self.optimizers = {
            phase: torch.optim.Adam([p for m in modules for p in m.parameters()], lr=2e-4, betas=(0.5, 0.999))
            for phase, (_, modules) in self.phases.items()
        }

    def render(self, keypoints: Tensor) -> Tensor:
        return render_skeleton(keypoints, self.links, self.size)

    @staticmethod
    def distance(maps: list[Tensor], target: float) -> Tensor:
        return torch.stack([(judged - target).square().mean() for judged in maps]).mean()

    def generator_loss(self, images: Tensor, references: Tensor, priors: Tensor) -> Tensor:
        skeleton = self.backbone(images)
        reconstruction = self.generator(self.render(self.regressor(skeleton)), references)
        adversarial = self.distance(self.discriminator(skeleton), 1.0)
        return self.perceptual_loss(reconstruction, images) + 10 * adversarial

    def discriminator_loss(self, images: Tensor, references: Tensor, priors: Tensor) -> Tensor:
        with torch.no_grad():
            skeleton = self.backbone(images)
        real = self.distance(self.discriminator(self.render(priors)), 1.0)
        fake = self.distance(self.discriminator(self.exchange(skeleton)), 0.0)
        return 0.5 * (real + fake)

    def regressor_loss(self, images: Tensor, references: Tensor, priors: Tensor) -> Tensor:
        with torch.no_grad():
            skeleton = self.backbone(images)
        on_prior = F.mse_loss(self.regressor(self.render(priors)), priors)
        on_predicted = F.mse_loss(self.render(self.regressor(skeleton)), skeleton)
        return 0.9 * on_prior + 0.1 * on_predicted

    def exchange(self, images: Tensor) -> Tensor:
        """The history pool."""
        returned = []
        for image in images:
            if len(self.pool) < self.pool_size:
                self.pool.append(image.clone())
            elif torch.rand(()) < 0.5:
                place = int(torch.randint(self.pool_size, ()))
                self.pool[place], image = image.clone(), self.pool[place]
            returned.append(image)
        return torch.stack(returned)

    def step(self, images: Tensor, references: Tensor, priors: Tensor) -> dict[str, Tensor]:
        """Losses of the phases. All see the networks as they were before the step, as released: updates come last."""
        losses = {}
        for phase, (loss, modules) in self.phases.items():
            trained = {id(p) for module in modules for p in module.parameters()}
            for network in (self.backbone, self.generator, self.discriminator, self.regressor):
                for parameter in network.parameters():
                    parameter.requires_grad_(id(parameter) in trained)
            losses[phase] = loss(images, references, priors)
            losses[phase].backward()
        for phase, (_, modules) in self.phases.items():
            parameters = [p for module in modules for p in module.parameters()]
            nn.utils.clip_grad_norm_(parameters, 1.0)
            self.optimizers[phase].step()
            self.optimizers[phase].zero_grad()
        return {phase: loss.detach() for phase, loss in losses.items()}
