"""The training loop: only what makes a resumed run equal to an uninterrupted one."""

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.optim import OptimWrapperDict
from mmengine.runner import IterBasedTrainLoop

from kpgan_mm.registry import LOOPS


@LOOPS.register_module()
class GANTrainLoop(IterBasedTrainLoop):
    """MMEngine's iteration-based loop for models that train in phases.

    The random numbers of an iteration depend on the run's seed and the iteration's number alone, and so do its data
    (:class:`kpgan_mm.datasets.DrawSampler`). Hence position and seed, which every checkpoint holds, are all the state
    there is.
    """

    def run(self):
        """Train, from the iteration that a checkpoint was resumed at.

        Raises:
            TypeError: if the model's phases have no optimisers of their own, or a resumed run's sampler cannot go on
                where it stopped.
        """
        if not isinstance(self.runner.optim_wrapper, OptimWrapperDict):
            raise TypeError(
                'GANTrainLoop needs one optimiser a phase: set '
                'optim_wrapper.constructor="kpgan_mm.MultiOptimWrapperConstructor"'
            )
        sampler = self.dataloader.sampler
        if hasattr(sampler, 'start'):
            # The run's seed rules; a resumed run may have taken it from the checkpoint, after the loader was built.
            sampler.seed = self.runner.seed
            sampler.start = self._iter * self.dataloader.batch_size
        elif self._iter > 0:
            raise TypeError(
                f'resuming needs kpgan_mm.DrawSampler: {type(sampler).__name__} would begin at its first sample again'
            )
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')
        # MMEngine's loop may hold one already, with workers and fetched batches of the stream's beginning.
        self.dataloader_iterator = None
        batches = iter(self.dataloader)
        while self._iter < self._max_iters and not self.stop_training:
            self.runner.model.train()
            torch.manual_seed(self._seed_of_iteration())
            self.run_iter(next(batches))
            self._decide_current_val_interval()
            due = self._iter % self.val_interval == 0 or self._iter == self._max_iters
            if self.runner.val_loop is not None and self._iter >= self.val_begin and due:
                self.runner.val_loop.run()
        self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model

    def _seed_of_iteration(self) -> int:
        sequence = np.random.SeedSequence((self.runner.seed, self._iter, get_rank()))
        return int(sequence.generate_state(1, np.uint32)[0])
