"""Building blocks that Phi, Psi and eta share: the encoder trunk of the released code and its weight initialisation."""

from torch import Tensor, nn

from .lean_layers import LeanSequential, convolve

# Weights N(0, 0.02), biases 0, batch-norm weights N(1, 0.02): the initialisation of all released networks.
INIT_CFG = [
    dict(type='Normal', layer=['Conv2d'], std=0.02, bias=0),
    dict(type='Normal', layer=['_BatchNorm'], mean=1, std=0.02, bias=0),
]

# Weights of Kaiming's normal law for LeakyReLU(0.2), biases 0: AutoLink's initialisation.
LEAKY_INIT_CFG = [
    dict(type='Kaiming', layer=['Conv2d'], a=0.2, mode='fan_in', nonlinearity='leaky_relu', distribution='normal')
]


def _norm(norm: str, channels: int) -> nn.Module:
    if norm == 'batch':
        return nn.BatchNorm2d(channels)
    if norm == 'instance':
        return nn.InstanceNorm2d(channels)
    raise ValueError(f"norm must be 'batch' or 'instance', got {norm!r}")


def conv_block(
    in_channels: int, out_channels: int, kernel: int = 3, stride: int = 1, norm: str = 'batch'
) -> LeanSequential:
    """Convolution, norm, ReLU. A convolution before an instance norm keeps its bias, as released."""
    return LeanSequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, bias=norm == 'instance'),
        _norm(norm, out_channels),
        nn.ReLU(inplace=True),
    )


def leaky_conv_block(in_channels: int, out_channels: int) -> LeanSequential:
    """3 x 3 convolution with bias, batch norm, LeakyReLU(0.2): AutoLink's building block."""
    return LeanSequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.BatchNorm2d(out_channels),
        nn.LeakyReLU(0.2, inplace=True),
    )


def upsample() -> nn.Upsample:
    """Double the size of a feature map, bilinearly."""
    return nn.Upsample(scale_factor=2, mode='bilinear', align_corners=False)


class EncoderTrunk(nn.Module):
    """Four levels of two conv blocks, then a bare 1 x 1 convolution: image ``(B, C, H, W)`` to ``(B, out, H/8, W/8)``.

    Args:
        in_channels (int): channels of the image.
        out_channels (int, optional): channels of the code; None leaves the closing convolution out.
        base_channels (int): width of the first level; doubles with each of the three strided levels.
        norm (str): ``'batch'`` or ``'instance'``.
    """

    def __init__(
        self, in_channels: int, out_channels: int | None, base_channels: int = 32, norm: str = 'batch'
    ) -> None:
        super().__init__()
        self.widths = [base_channels * 2**level for level in range(4)]
        levels = [
            nn.Sequential(
                conv_block(in_channels, base_channels, 7, 1, norm), conv_block(base_channels, base_channels, norm=norm)
            )
        ]
        for narrow, wide in zip(self.widths, self.widths[1:], strict=False):
            levels.append(nn.Sequential(conv_block(narrow, wide, 3, 2, norm), conv_block(wide, wide, norm=norm)))
        self.levels = nn.ModuleList(levels)
        if out_channels is None:
            self.closing = nn.Identity()
        else:
            self.closing = nn.Conv2d(self.widths[-1], out_channels, 1, bias=norm == 'instance')

    def pyramid(self, images: Tensor) -> list[Tensor]:
        """Outputs of the four levels, before the closing convolution."""
        if images.shape[-1] % 8 or images.shape[-2] % 8:
            raise ValueError(f'image height and width must be multiples of 8, got {tuple(images.shape[-2:])}')
        features = []
        for level in self.levels:
            images = level(images)
            features.append(images)
        return features

    def forward(self, images: Tensor) -> Tensor:
        return self.close(self.pyramid(images)[-1])

    def close(self, features: Tensor) -> Tensor:
        """The closing convolution, if there is one."""
        return features if isinstance(self.closing, nn.Identity) else convolve(self.closing, features)
