"""MMEngine's Runner for any number of processes, on processors as on GPUs."""

from mmengine.device import get_device
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn

from kpgan_mm.utils.newest_checkpoint import newest_checkpoint

from .global_batch_norm import synchronise_batch_norms
from .own_best_checkpoints import keep_to_own_best_checkpoints
from .processes import join_processes


class ProcessRunner(Runner):
    """MMEngine's Runner; where there are several processes, they train as one with the whole batch would.

    - Without an accelerator they talk over gloo, and the model is wrapped for no device in particular.
    - Batch norms take their statistics over all processes, whatever the configuration says.

    In a single process it is MMEngine's, but that a run whose folder was moved or copied goes on from that folder's own
    checkpoint, and leaves the best checkpoint of the original alone.
    """

    def setup_env(self, env_cfg: dict) -> None:
        """Join the other processes, if that has not been done, then MMEngine's set-up."""
        join_processes(self.launcher, env_cfg)
        super().setup_env(env_cfg)

    def load_or_resume(self) -> None:
        """Load or resume as MMEngine does, with the checkpoint looked for in the work directory as it lies now."""
        if self._resume and self._load_from is None:
            self._load_from = newest_checkpoint(self.work_dir)
        super().load_or_resume()

    def resume(self, *args, **kwargs) -> None:
        """Resume as MMEngine does, but for the best checkpoints, which are those of the work directory."""
        super().resume(*args, **kwargs)
        keep_to_own_best_checkpoints(self)

    def wrap_model(self, model_wrapper_cfg: dict | None, model: nn.Module) -> nn.Module:
        """Wrap for distributed training; arguments as in MMEngine."""
        if self.distributed and not is_model_wrapper(model):
            device = get_device()
            model = synchronise_batch_norms(model, device)
            if device == 'cpu':
                if model_wrapper_cfg is None:
                    model_wrapper_cfg = dict(find_unused_parameters=self.cfg.get('find_unused_parameters', False))
                model_wrapper_cfg = {**model_wrapper_cfg, 'device_ids': None}
        return super().wrap_model(model_wrapper_cfg, model)
