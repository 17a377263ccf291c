"""Mixed precision on any device."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from kpgan_mm.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class Bfloat16OptimWrapper(OptimWrapper):
    """Forward in bfloat16 where autocast deems it safe; MMEngine's ``AmpOptimWrapper`` refuses to run on a CPU.

    bfloat16 has float32's range, so no loss scaling is needed. Worth it on CPUs with AVX512-BF16 or AMX and on GPUs.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """MMEngine's context (gradient accumulation, ``no_sync``) inside autocast."""
        device = next(model.parameters()).device.type
        with super().optim_context(model), torch.autocast(device, dtype=torch.bfloat16):
            yield
