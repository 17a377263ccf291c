"""A history of generated images, so that the discriminator does not forget them (Shrivastava et al. 2017)."""

import torch
from torch import Tensor, nn


class HistoryPool(nn.Module):
    """Exchange half of a batch against earlier images.

    Each image fills a free place and is returned, while there is one; afterwards it is, with probability 1/2, exchanged
    against a random earlier one. The pool is made of buffers: it is saved with the model and a resumed run goes on with
    it. Randomness is torch's global generator.

    Args:
        capacity (int): number of images kept (50 as released); 0 returns the images as they come.
        image_shape (tuple[int, int, int]): (C, H, W).
    """

    def __init__(self, capacity: int, image_shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.register_buffer('images', torch.zeros(capacity, *image_shape))
        self.register_buffer('count', torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def exchange(self, images: Tensor) -> Tensor:
        """Put images ``(B, C, H, W)`` in and return as many, detached."""
        returned = images.detach().clone()
        capacity = len(self.images)
        for i, image in enumerate(images.detach()):
            filled = int(self.count)
            if filled < capacity:
                self.images[filled] = image
                self.count += 1
            elif capacity > 0 and torch.rand(()) < 0.5:
                place = int(torch.randint(capacity, ()))
                returned[i] = self.images[place].to(returned.dtype)
                self.images[place] = image
        return returned
