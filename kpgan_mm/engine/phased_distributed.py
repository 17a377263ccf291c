"""Distributed training of a model that trains in phases."""

from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapperDict

from kpgan_mm.registry import MODEL_WRAPPERS


@MODEL_WRAPPERS.register_module()
class PhasedDistributedDataParallel(MMDistributedDataParallel):
    """One distributed wrapper around the whole model, through which every phase is forwarded.

    MMEngine's separate wrappers would put ``.module.`` into the middle of checkpoint keys. A phase leaves the other
    phases' parameters without gradients, hence ``find_unused_parameters``. Buffers such as the history pool come out
    alike in all processes (:class:`ProcessRunner` sees to the batch norms'), so that none is sent around.
    """

    def __init__(self, module, find_unused_parameters: bool = True, **kwargs) -> None:
        super().__init__(module, find_unused_parameters=find_unused_parameters, **kwargs)
        self.broadcast_buffers = False

    def train_step(self, data: dict, optim_wrapper: OptimWrapperDict) -> dict:
        """The model's own training step, forwarding through this wrapper."""
        return self.module.train_step(data, optim_wrapper, forward=self)
