"""The decoder that every Psi ends with."""

from torch import nn

from ..layers import conv_block, upsample
from ..lean_layers import LeanSequential


def image_decoder(in_channels: int, image_channels: int, base_channels: int) -> LeanSequential:
    """Code ``(B, in_channels, H/8, W/8)`` to an unbounded image ``(B, image_channels, H, W)``, without skips.

    Args:
        in_channels (int): channels of the code.
        image_channels (int): channels of the image.
        base_channels (int): width of the last level; doubles with each level towards the code.
    """
    w1, w2, w3, w4 = (base_channels * 2**level for level in range(4))
    return LeanSequential(
        conv_block(in_channels, w4),
        conv_block(w4, w4),
        upsample(),
        conv_block(w4, w3),
        conv_block(w3, w3),
        upsample(),
        conv_block(w3, w2),
        conv_block(w2, w2),
        upsample(),
        conv_block(w2, w1),
        nn.Conv2d(w1, image_channels, 3, padding=1),
    )
