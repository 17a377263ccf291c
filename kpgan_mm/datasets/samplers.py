"""An endless stream of draws."""

from collections.abc import Iterator, Sized

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from kpgan_mm.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class DrawSampler(Sampler):
    """Endless 63-bit indices, each a hash of the seed and the number of the draw.

    For data sets whose item is a pure function of the index (:class:`~.frame_pair_dataset.FramePairDataset`). Draw n
    of rank r is number ``n * world_size + r`` of the one stream, so nothing depends on the number of workers, nothing
    repeats in the next epoch, and a run goes on where it stopped when ``start`` is set to the number of draws done.

    Args:
        dataset: Its length is the nominal length of an epoch, for logs only.
        seed: Of the stream; None agrees on a random one among all ranks. ``GANTrainLoop`` sets the run's instead.
        start: Number of draws of this rank to leave out.

    Attributes:
        seed: As given or agreed upon.
        start: Read whenever an iteration begins; may be set.
    """

    def __init__(self, dataset: Sized, seed: int | None = None, start: int = 0) -> None:
        self.rank, self.world_size = get_dist_info()
        self.dataset = dataset
        self.seed = sync_random_seed() if seed is None else seed
        self.start = start

    def __iter__(self) -> Iterator[int]:
        number = self.start
        while True:
            yield draw_index(self.seed, number * self.world_size + self.rank)
            number += 1

    def skip(self, num_samples: int) -> None:
        """Begin after ``num_samples`` draws of this rank, as MMEngine's loop asks when it resumes."""
        self.start = num_samples

    def __len__(self) -> int:
        return len(self.dataset)

    def set_epoch(self, epoch: int) -> None:
        """Does nothing: the stream has no epochs."""


def draw_index(seed: int, number: int) -> int:
    """Index of a draw: 63 bits of a hash of the seed and the draw's number."""
    return int(np.random.SeedSequence((seed, number)).generate_state(1, np.uint64)[0] >> np.uint64(1))
