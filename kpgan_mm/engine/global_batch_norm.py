"""Batch normalisation over the batches of all processes, on any device."""

import torch
from mmengine.dist import all_gather, all_reduce, get_world_size
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

_PLAIN = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


class GlobalBatchNorm(_BatchNorm):
    """PyTorch's batch norm with statistics of all processes' samples together.

    For processors: ``torch.nn.SyncBatchNorm`` does the same on GPUs only. Weights have the same names, and alone, or in
    evaluation, it is PyTorch's batch norm. Inputs ``(B, C, ...)``.
    """

    def _check_input_dim(self, inputs: Tensor) -> None:
        if inputs.dim() < 2:
            raise ValueError(f'batch norm expects (B, C, ...), got {tuple(inputs.shape)}')

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise, and in training remember the statistics."""
        if not self.training or get_world_size() == 1:
            return super().forward(inputs)
        self._check_input_dim(inputs)
        outputs, mean, variance, count = _Normalise.apply(inputs, self.weight, self.bias, self.eps)
        if self.track_running_stats:
            with torch.no_grad():
                self.num_batches_tracked += 1
                share = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
                self.running_mean.lerp_(mean.to(self.running_mean.dtype), share)
                # As PyTorch does: remembered without bias, normalised with it.
                unbiased = variance * (count / (count - 1))
                self.running_var.lerp_(unbiased.to(self.running_var.dtype), share)
        return outputs


class _Normalise(torch.autograd.Function):
    """One exchange of statistics forward, one of gradients' means backward."""

    @staticmethod
    def forward(ctx, inputs: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float):
        dtype = torch.promote_types(inputs.dtype, torch.float32)
        values = inputs.to(dtype)
        variance, mean = torch.var_mean(values, _all_but_channels(inputs), correction=0)
        count = torch.full_like(mean[:1], inputs.numel() // inputs.shape[1])
        parts = torch.stack(all_gather(torch.cat([count, mean, variance])))
        counts, (means, variances) = parts[:, :1], parts[:, 1:].chunk(2, dim=1)
        total = counts.sum()
        mean = (counts * means).sum(0) / total
        variance = (counts * (variances + (means - mean).square())).sum(0) / total
        scale = (variance + eps).rsqrt()
        ctx.save_for_backward(inputs, weight, mean, scale, total)
        outputs = torch.nn.functional.batch_norm(inputs, mean, variance, weight, bias, training=False, eps=eps)
        ctx.mark_non_differentiable(mean, variance, total)
        return outputs, mean, variance, total

    @staticmethod
    def backward(ctx, gradients: Tensor, *_):
        if torch.is_grad_enabled():
            raise RuntimeError(
                'batch norm over several processes has no second derivatives: call backward without create_graph=True'
            )
        inputs, weight, mean, scale, total = ctx.saved_tensors
        dims = _all_but_channels(inputs)
        shape = [1, -1] + [1] * (inputs.dim() - 2)
        gradients = gradients.to(mean.dtype)
        normalised = (inputs.to(mean.dtype) - mean.view(shape)) * scale.view(shape)
        bias_gradient = gradients.sum(dims)
        weight_gradient = (gradients * normalised).sum(dims)
        sums = torch.stack([bias_gradient, weight_gradient])
        all_reduce(sums, op='sum')
        of_mean, of_scale = (sums / total).unbind()
        factor = scale if weight is None else scale * weight.to(scale.dtype)
        inner = gradients - of_mean.view(shape) - normalised * of_scale.view(shape)
        input_gradient = (inner * factor.view(shape)).to(inputs.dtype)
        if weight is None:
            return input_gradient, None, None, None
        return input_gradient, weight_gradient.to(weight.dtype), bias_gradient.to(weight.dtype), None


def _all_but_channels(inputs: Tensor) -> list[int]:
    return [dim for dim in range(inputs.dim()) if dim != 1]


def synchronise_batch_norms(model: nn.Module, device: str) -> nn.Module:
    """Give every batch norm of a model statistics of all processes; weights and their names stay.

    Args:
        model (nn.Module): changed in place; on processors its batch norms stay the same objects, with their hooks.
        device (str): ``'cpu'`` takes :class:`GlobalBatchNorm`, any other ``torch.nn.SyncBatchNorm``.

    Raises:
        ValueError: On processors, for a batch norm that does something of its own; nothing is changed then.
    """
    if device != 'cpu':
        return nn.SyncBatchNorm.convert_sync_batchnorm(model)
    norms = [(name, module) for name, module in model.named_modules() if isinstance(module, _BatchNorm)]
    for name, norm in norms:
        if type(norm) not in (*_PLAIN, GlobalBatchNorm) or 'forward' in norm.__dict__:
            raise ValueError(
                f"the batch norm {name or 'given'} ({type(norm).__name__}) is not plainly one of PyTorch's, so that "
                'its statistics cannot be taken over several processes: use torch.nn.BatchNorm1d/2d/3d, or one process'
            )
    for _, norm in norms:
        norm.__class__ = GlobalBatchNorm  # which has the same attributes
    return model
