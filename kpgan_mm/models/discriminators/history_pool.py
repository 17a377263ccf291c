"""A history of generated images, so that the discriminator does not forget them (Shrivastava et al. 2017)."""

import torch
from torch import Tensor, nn

from kpgan_mm.utils.collectives import all_rows, of_first_process, own_rows


class HistoryPool(nn.Module):
    """Exchange half of a batch against earlier images.

    Each image fills a free place and is returned, while there is one; afterwards it is, with probability 1/2, exchanged
    against a random earlier one. The pool is made of buffers: it is saved with the model and a resumed run goes on with
    it. Randomness is torch's global generator. Several processes have one pool: each holds the same copy, exchanges the
    images of all as one process would, and takes its own.

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
        images = all_rows(images)
        returned = images.clone()
        for i, place in enumerate(of_first_process(self._draw_places(len(images))).tolist()):
            if place == int(self.count):
                self.count += 1
            elif place >= 0:
                returned[i] = self.images[place].to(returned.dtype)
            else:
                continue
            self.images[place] = images[i]
        return own_rows(returned)

    def _draw_places(self, number: int) -> Tensor:
        """Where so many images go, ``(number,)``: to the next free place, to a random one, or nowhere (-1)."""
        capacity, filled = len(self.images), int(self.count)
        places = torch.full((number,), -1)
        for i in range(number):
            if filled < capacity:
                places[i] = filled
                filled += 1
            elif capacity > 0 and torch.rand(()) < 0.5:
                places[i] = torch.randint(capacity, ())
        return places
