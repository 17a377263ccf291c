"""A training step made of phases, each with an optimiser of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import nn


@contextmanager
def only_trainable(model: nn.Module, wrapper: OptimWrapper) -> Iterator[None]:
    """Let gradients reach exactly the parameters of one optimiser, and put every flag back afterwards.

    Otherwise the generator's loss would leave gradients in the discriminator it went through, and the discriminator's
    next update would add them to its own.
    """
    flags = {parameter: parameter.requires_grad for parameter in model.parameters()}
    trained = {parameter for group in wrapper.optimizer.param_groups for parameter in group['params']}
    for parameter in flags:
        parameter.requires_grad_(parameter in trained)
    try:
        yield
    finally:
        for parameter, flag in flags.items():
            parameter.requires_grad_(flag)


class PhasedTraining:
    """Mixin for a ``BaseModel`` that is trained by several optimisers in turn.

    A phase is the name of an optimiser. ``forward(..., mode=phase)`` returns that phase's losses; what a later phase
    needs is left, detached, in ``self._handed_on``, so that nothing is computed twice.

    Attributes:
        phases (tuple[str, ...]): their order, whatever that of the optimisers: MMEngine sorts the keys of the
            configuration that it writes into the work directory.
    """

    phases: tuple[str, ...] = ()

    def train_step(self, data: dict, optim_wrapper: OptimWrapperDict, forward: nn.Module | None = None) -> dict:
        """One update of every phase, in the order of :attr:`phases`.

        Args:
            data (dict): a batch of the loader.
            optim_wrapper (OptimWrapperDict): one wrapper a phase.
            forward (nn.Module, optional): what to call instead of ``self``: the distributed wrapper around it, so that
                every phase synchronises its gradients.

        Returns:
            dict[str, Tensor]: losses to log, named ``<phase>/<loss>``.
        """
        forward = self if forward is None else forward
        prepared = self.data_preprocessor(data, True)
        self._handed_on: dict[str, torch.Tensor] = {}
        logs = {}
        for phase, wrapper in sorted(optim_wrapper.items(), key=lambda item: self._order(item[0])):
            with only_trainable(self, wrapper):
                with wrapper.optim_context(forward):
                    loss, phase_logs = self.parse_losses(forward(**prepared, mode=phase))
                # Outside the context: autocast would go on using the weights it cast before the update.
                wrapper.update_params(loss)
            logs.update({f'{phase}/{name}': value for name, value in phase_logs.items()})
        self._handed_on = {}
        return logs

    def _order(self, phase: str) -> int:
        return self.phases.index(phase) if phase in self.phases else len(self.phases)
