"""The networks, with the package's names of parameters, so that weights can be copied from one side to the other."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .functions import marginal_soft_argmax


def block(narrow: int, wide: int, kernel: int = 3, stride: int = 1, norm: str = 'batch') -> nn.Sequential:
    """Convolution, norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(narrow, wide, kernel, stride, kernel // 2, bias=norm == 'instance'),
        nn.BatchNorm2d(wide) if norm == 'batch' else nn.InstanceNorm2d(wide),
        nn.ReLU(),
    )


def double() -> nn.Upsample:
    return nn.Upsample(scale_factor=2, mode='bilinear', align_corners=False)


class Trunk(nn.Module):
    """Four levels of two blocks, then a 1 x 1 convolution."""

    def __init__(self, channels: int, out: int, base: int, norm: str = 'batch') -> None:
        super().__init__()
        widths = [base, 2 * base, 4 * base, 8 * base]
        levels = [nn.Sequential(block(channels, base, 7, norm=norm), block(base, base, norm=norm))]
        for narrow, wide in zip(widths, widths[1:], strict=False):
            levels.append(nn.Sequential(block(narrow, wide, stride=2, norm=norm), block(wide, wide, norm=norm)))
        self.levels = nn.ModuleList(levels)
        self.closing = nn.Conv2d(widths[-1], out, 1, bias=norm == 'instance')

    def pyramid(self, images: Tensor) -> list[Tensor]:
        features = []
        for level in self.levels:
            images = level(images)
            features.append(images)
        return features

    def forward(self, images: Tensor) -> Tensor:
        return self.closing(self.pyramid(images)[-1])


class Translator(nn.Module):
    """Phi: image ``(B, 3, H, W)`` to skeleton image ``(B, 1, H, W)``."""

    def __init__(self, base: int = 32) -> None:
        super().__init__()
        w1, w2, w3, w4 = base, 2 * base, 4 * base, 8 * base
        self.encoder = Trunk(3, w4, base)
        self.deepest = nn.Sequential(block(w4, w4), block(w4, w4), double())
        self.mix3 = nn.Conv2d(w4 + w3, w4, 1, bias=False)
        self.decode3 = nn.Sequential(block(w4, w3), block(w3, w3), double())
        self.mix2 = nn.Conv2d(w3 + w2, w3, 1, bias=False)
        self.decode2 = nn.Sequential(block(w3, w2), block(w2, w2), double())
        self.mix1 = nn.Conv2d(w2 + w1, w2, 1, bias=False)
        self.decode1 = nn.Sequential(block(w2, w1), nn.Conv2d(w1, 1, 3, padding=1))

    def forward(self, images: Tensor) -> Tensor:
        skip1, skip2, skip3, deepest = self.encoder.pyramid(images)
        features = self.deepest(self.encoder.closing(deepest))
        features = self.decode3(self.mix3(torch.cat((features, skip3), dim=1)))
        features = self.decode2(self.mix2(torch.cat((features, skip2), dim=1)))
        return self.decode1(self.mix1(torch.cat((features, skip1), dim=1)))


class Generator(nn.Module):
    """Psi: skeleton and reference image to reconstruction."""

    def __init__(self, base: int = 32) -> None:
        super().__init__()
        w1, w2, w3, w4 = base, 2 * base, 4 * base, 8 * base
        self.pose_encoder = Trunk(1, w4, base)
        self.appearance_encoder = Trunk(3, w4, base)
        self.decoder = nn.Sequential(
            *(block(2 * w4, w4), block(w4, w4), double()),
            *(block(w4, w3), block(w3, w3), double()),
            *(block(w3, w2), block(w2, w2), double()),
            *(block(w2, w1), nn.Conv2d(w1, 3, 3, padding=1)),
        )

    def forward(self, skeleton: Tensor, reference: Tensor) -> Tensor:
        return self.decoder(torch.cat((self.pose_encoder(skeleton), self.appearance_encoder(reference)), dim=1))


class Regressor(nn.Module):
    """eta: skeleton image to keypoints ``(B, K, 2)``."""

    def __init__(self, num_keypoints: int, base: int = 32) -> None:
        super().__init__()
        self.trunk = Trunk(1, num_keypoints, base, norm='instance')

    def forward(self, skeleton: Tensor) -> Tensor:
        return marginal_soft_argmax(self.trunk(skeleton))


class Discriminator(nn.Module):
    """D: one map a scale."""

    def __init__(self, base: int = 64, num_scales: int = 3, num_strided: int = 3) -> None:
        super().__init__()
        self.scales = nn.ModuleList(self.patches(base, num_strided) for _ in range(num_scales))

    @staticmethod
    def patches(width: int, num_strided: int) -> nn.Sequential:
        layers = [nn.Conv2d(1, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for layer in range(1, num_strided + 1):
            stride = 2 if layer < num_strided else 1
            layers += [nn.Conv2d(width, 2 * width, 4, stride, 1), nn.InstanceNorm2d(2 * width), nn.LeakyReLU(0.2)]
            width *= 2
        return nn.Sequential(*layers, nn.Conv2d(width, 1, 4, 1, 1))

    def forward(self, skeleton: Tensor) -> list[Tensor]:
        maps = []
        for scale, patches in enumerate(self.scales):
            if scale:
                scaled = F.interpolate(skeleton, scale_factor=0.5**scale, mode='bilinear', align_corners=False)
            else:
                scaled = skeleton
            maps.append(patches(scaled))
        return maps


class PerceptualLoss(nn.Module):
    """Errors of the image and of five layers of VGG-19 without ReLU, each over its running mean."""

    COMPARED = (1, 4, 7, 12, 17)

    def __init__(self) -> None:
        super().__init__()
        layers, width = [], 3
        for depth, wide in ((2, 64), (2, 128), (4, 256), (4, 512), (2, 512)):
            for _ in range(depth):
                layers.append(nn.Conv2d(width, wide, 3, padding=1))
                width = wide
            layers.append(nn.MaxPool2d(2))
        self.layers = nn.ModuleList(layers[:-1])
        self.requires_grad_(False)
        self.means = None

    def features(self, images: Tensor) -> list[Tensor]:
        features = (images + 1) * 127.5 - images.new_tensor((123.68, 116.779, 103.939)).view(1, 3, 1, 1)
        compared = [features]
        for number, layer in enumerate(self.layers):
            features = layer(features)
            if number in self.COMPARED:
                compared.append(features)
        return compared

    def forward(self, reconstructions: Tensor, images: Tensor) -> Tensor:
        pairs = zip(self.features(reconstructions), self.features(images), strict=True)
        errors = torch.stack([(a - b).square().mean() for a, b in pairs])
        seen = errors.detach()
        self.means = seen if self.means is None else 0.99 * self.means + 0.01 * seen
        return 10 * (errors / (self.means + 1e-8)).mean()
