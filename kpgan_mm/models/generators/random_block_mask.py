"""Which blocks of an image the inpainting U-Net gets to see."""

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.dist import get_world_size
from torch import Tensor, nn

from kpgan_mm.utils.collectives import own_rows


class RandomBlockMask(nn.Module):
    """Blanks blocks of a grid at random, each on its own (AutoLink, He et al. 2022).

    A mask depends on a seed, drawn when the module is made, and on the number of batches masked in training so far.
    Both are buffers, so that a resumed training goes on as an uninterrupted one. Several processes draw masks for the
    images of all, as one process would, and take their own. In evaluation all batches get the mask of the first.

    Args:
        missing (float): probability that a block is blanked (0.8 as released).
        num_blocks (int): blocks along a side of the image (16 as released).

    Raises:
        ValueError: for a probability outside [0, 1) or less than one block.
    """

    def __init__(self, missing: float = 0.8, num_blocks: int = 16) -> None:
        super().__init__()
        if not 0 <= missing < 1 or num_blocks < 1:
            raise ValueError(
                f'missing must be in [0, 1) and num_blocks at least 1, got missing={missing}, num_blocks={num_blocks}'
            )
        self.missing = missing
        self.num_blocks = num_blocks
        self.register_buffer('seed', torch.randint(2**31, ()))
        self.register_buffer('num_batches_masked', torch.zeros((), dtype=torch.long))

    def draw(self, number: int, batch_size: int, size: tuple[int, int]) -> Tensor:
        """A mask for each image of a batch.

        Args:
            number (int): of the batch.
            batch_size (int): B.
            size (tuple[int, int]): (height, width) of the images in pixels.

        Returns:
            Tensor: ``(B, 1, H, W)`` float32, 1 where the image is kept and 0 where it is blanked.
        """
        # Drawn on the CPU, so that masks do not depend on the device.
        state = np.random.SeedSequence((int(self.seed), number, 0)).generate_state(1, np.uint64)[0]
        generator = torch.Generator().manual_seed(int(state >> np.uint64(1)))
        blocks = torch.rand(batch_size, 1, self.num_blocks, self.num_blocks, generator=generator) >= self.missing
        return F.interpolate(blocks.float().to(self.seed.device), size=size, mode='nearest')

    def forward(self, images: Tensor) -> Tensor:
        """Images ``(B, 3, H, W)`` with blanked pixels 0, which is mid-grey in [-1, 1]."""
        size = tuple(images.shape[-2:])
        if not self.training:
            return images * self.draw(0, len(images), size)
        self.num_batches_masked += 1
        masks = self.draw(int(self.num_batches_masked), get_world_size() * len(images), size)
        return images * own_rows(masks)
