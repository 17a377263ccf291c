"""Hook that has checkpoints written in plain types, and without a calibration of other weights."""

from mmengine.hooks import Hook

from kpgan_mm.models.heads.confidence_calibration import ConfidenceCalibration
from kpgan_mm.registry import HOOKS
from kpgan_mm.utils.checkpoint import from_plain, to_plain


@HOOKS.register_module()
class PlainCheckpointHook(Hook):
    """Write checkpoints in plain types, so that they load as data (`weights_only=True`, no allow-list).

    Of the lowest priority, so that it sees what all other hooks have put into the checkpoint. On loading, the loaders
    of `kpgan_mm.utils.checkpoint` have already put things back, for `init_model` and the like, which run no hooks; that
    is done here once more for a checkpoint that came by another way, and does nothing otherwise.

    A training that starts from a calibrated checkpoint changes the weights that were calibrated, so it begins and is
    saved without the fit.
    """

    priority = 'LOWEST'

    def before_train(self, runner) -> None:
        """Clear calibrations; what was loaded is there by now."""
        for module in runner.model.modules():
            if isinstance(module, ConfidenceCalibration):
                module.clear()

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Rewrite the checkpoint in place."""
        plain = to_plain(checkpoint)
        checkpoint.clear()
        checkpoint.update(plain)

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Put arrays and history buffers back, if that has not been done yet."""
        from_plain(checkpoint)
