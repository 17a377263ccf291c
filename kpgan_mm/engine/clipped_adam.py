"""Adam behind a clip of every parameter's gradient: IMM's optimiser."""

from collections.abc import Callable

import torch
from torch import Tensor

from kpgan_mm.registry import OPTIMIZERS


@OPTIMIZERS.register_module()
class ClippedAdam(torch.optim.Adam):
    """Adam that first scales the gradient of each parameter down to a norm, of each one by itself.

    MMEngine's ``clip_grad`` takes the norm over all parameters together. Being the optimiser's own work, the clip sees
    unscaled gradients whatever the optimiser wrapper does, mixed precision included.

    Args:
        params: parameters or groups of them, as for ``torch.optim.Adam``.
        max_norm (float): greatest norm of a parameter's gradient.
        kwargs: those of ``torch.optim.Adam``. ``weight_decay`` is added behind the clip.

    Raises:
        ValueError: if ``max_norm`` is not positive.
    """

    def __init__(self, params, max_norm: float = 1.0, **kwargs) -> None:
        if max_norm <= 0:
            raise ValueError(f'ClippedAdam: max_norm must be positive, got {max_norm}')
        self.max_norm = max_norm
        super().__init__(params, **kwargs)

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """Clip, then Adam's step; ``closure``, if given, recomputes the gradients first."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        gradients = [p.grad for group in self.param_groups for p in group['params'] if p.grad is not None]
        if gradients:
            norms = torch.stack(torch._foreach_norm(gradients))
            torch._foreach_mul_(gradients, list((self.max_norm / (norms + 1e-12)).clamp(max=1.0).unbind()))
        super().step()
        return loss
