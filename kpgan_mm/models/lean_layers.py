"""Convolutions, norms and activations that keep less for the backward pass; values and gradients are PyTorch's.

Of a block of convolution, norm and activation PyTorch keeps two maps: what the norm read and what the activation gave,
which the next convolution reads. The second follows from the first by one multiplication and addition a value, so that
only the first is kept here and the other computed again when the backward pass comes to it. Of a convolution without
trainable weights nothing is kept at all.

Instance norm treats each image as a batch of one: PyTorch's own copies images in the channels-last layout to and fro.
Of maps in bfloat16 its statistics are float32 here, with gradients or without, and PyTorch's are rounded to bfloat16.

All this is for processors and for first derivatives by the backward pass. Elsewhere, with inputs that PyTorch refuses,
and where somebody listens to a layer by a hook, the layers are called as they are.
"""

import weakref

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.module import _has_any_global_hook
from torch.utils.weak import WeakTensorKeyDictionary

_NORMS = (nn.BatchNorm2d, nn.InstanceNorm2d)
_ACTIVATIONS = (nn.ReLU, nn.LeakyReLU)


class _Recipe:
    """How to compute again what was not kept: norm and activation of a map.

    Attributes:
        tensors: What the norm read ``(B, C, H, W)``; its mean and one over its standard deviation, ``(C,)`` of the
            batch or ``(B, C)`` of each image; weight and bias ``(C,)``, or None. No tensors at all
            once the norm's backward pass was there: nothing holds them longer than PyTorch would.
        memo: What all that were given the recipe share.
        version: Of the output, when it was made: a later change in place makes the recipe void.
    """

    def __init__(self, tensors: tuple[Tensor | None, ...], memo: '_Memo') -> None:
        self.tensors, self.memo = tensors, memo
        self.version = 0


# By output: an attribute of the tensor would be pickled with it.
_RECIPES = WeakTensorKeyDictionary()


def _recipe_of(features: Tensor) -> _Recipe | None:
    """How to compute these again, if that is known and still true."""
    recipe = _RECIPES.get(features)
    return None if recipe is None or recipe.tensors is None or recipe.version != features._version else recipe


def _refuse_second_derivatives() -> None:
    """For backward passes: gradients are recorded in them only under ``create_graph=True``."""
    if torch.is_grad_enabled():
        raise RuntimeError('lean layers have no second derivatives: call backward without create_graph=True')


class _Memo:
    """The activation's output, from its computation for the next layer to the norm's own backward pass.

    Tensors are not held between forward and backward pass: autograd does that, and frees them.
    """

    def __init__(self, slope: float) -> None:
        self.slope = slope
        self.output: Tensor | None = None

    def compute(self, features: Tensor, mean: Tensor, scale: Tensor, weight, bias) -> Tensor:
        """The output, remembered until :meth:`forget`."""
        if self.output is None:
            outputs = torch.empty_like(features)
            for group, group_mean, group_scale, part in zip(*_groups(features, mean, scale, outputs), strict=True):
                # A variance from which PyTorch finds the same scale again, without an epsilon.
                variance = group_scale.square().reciprocal_()
                part.copy_(torch.native_batch_norm(group, weight, bias, group_mean, variance, False, 0.0, 0.0)[0])
            self.output = _activate(outputs, self.slope)
        return self.output

    def forget(self) -> None:
        self.output = None


def _groups(features: Tensor, mean: Tensor, scale: Tensor, *others: Tensor):
    """Batches over which statistics were taken: all images together, or each alone."""
    if mean.ndim == 1:
        return [[features], [mean], [scale], *([other] for other in others)]
    return [features.split(1), mean.unbind(), scale.unbind(), *(other.split(1) for other in others)]


def _activate(values: Tensor, slope: float) -> Tensor:
    """In place."""
    return values.relu_() if slope == 0 else F.leaky_relu_(values, slope)


class _NormActivation(torch.autograd.Function):
    """Norm with statistics of the batch or of each image, then activation."""

    @staticmethod
    def forward(ctx, features, weight, bias, running_mean, running_var, momentum, eps, slope, each_image):
        if each_image:
            output = torch.empty_like(features)
            means, scales = [], []
            for image, part in zip(features.split(1), output.split(1), strict=True):
                normed, mean, scale = torch.native_batch_norm(image, weight, bias, None, None, True, 0.0, eps)
                part.copy_(normed)
                means.append(mean)
                scales.append(scale)
            mean, scale = torch.stack(means), torch.stack(scales)
        else:
            output, mean, scale = torch.native_batch_norm(
                features, weight, bias, running_mean, running_var, True, momentum, eps
            )
        tensors = (features.detach(), mean, scale, weight, bias)
        ctx.save_for_backward(*tensors)
        ctx.memo, ctx.eps = _Memo(slope), eps
        ctx.recipe = _Recipe(tensors, ctx.memo)  # weak from `normalise` on
        return _activate(output, slope)

    @staticmethod
    def backward(ctx, gradient):
        _refuse_second_derivatives()
        features, mean, scale, weight, bias = kept = ctx.saved_tensors  # once: checkpoints give them only once
        output, slope = ctx.memo.compute(*kept), ctx.memo.slope
        ctx.memo.forget()
        recipe = ctx.recipe()
        if recipe is not None:
            recipe.tensors = None
        if slope == 0:
            gradient = torch.ops.aten.threshold_backward(gradient, output, 0)
        else:
            gradient = torch.ops.aten.leaky_relu_backward(gradient, output, slope, True)
        del output
        wanted = ctx.needs_input_grad[:3]
        found = [
            torch.ops.aten.native_batch_norm_backward(
                part, group, weight, None, None, group_mean, group_scale, True, ctx.eps, wanted
            )
            for group, group_mean, group_scale, part in zip(*_groups(features, mean, scale, gradient), strict=True)
        ]
        if mean.ndim == 1:
            of_features, of_weight, of_bias = found[0]
        else:  # each image: no weights that learn
            of_features, of_weight, of_bias = torch.cat([of_image for of_image, _, _ in found]), None, None
        return of_features, of_weight, of_bias, None, None, None, None, None, None


class _Convolution(torch.autograd.Function):
    """Convolution that keeps its input only if its weights learn, and a recipe of it where there is one."""

    @staticmethod
    def forward(ctx, features, weight, bias, recipe, stride, padding):
        learns = ctx.needs_input_grad[1] or ctx.needs_input_grad[2]
        ctx.memo = recipe.memo if learns and recipe is not None else None
        if ctx.memo is not None:
            ctx.save_for_backward(weight, *recipe.tensors)
        else:
            ctx.save_for_backward(weight, features if learns else None)
        ctx.bias_sizes = None if bias is None else list(bias.shape)
        ctx.shape, ctx.stride, ctx.padding = features.shape, stride, padding
        return F.conv2d(features, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx, gradient):
        _refuse_second_derivatives()
        weight, *kept = ctx.saved_tensors
        features = kept[0] if ctx.memo is None else ctx.memo.compute(*kept)
        if features is None:
            features = gradient.new_empty(1).expand(ctx.shape)  # only its shape is asked for
        of_features, of_weight, of_bias = torch.ops.aten.convolution_backward(
            gradient, features, weight, ctx.bias_sizes, ctx.stride, ctx.padding,
            (1, 1), False, (0, 0), 1, ctx.needs_input_grad[:3],
        )  # fmt: skip
        return of_features, of_weight, of_bias, None, None, None


def _differentiates(*values: Tensor | None) -> bool:
    """Whether gradients will be asked for, on a processor, by PyTorch as usual."""
    return (
        torch.is_grad_enabled()
        and any(value is not None and value.requires_grad for value in values)
        and values[0].device.type == 'cpu'
        and not torch.compiler.is_compiling()
        and not torch.jit.is_tracing()
        and not torch._C._are_functorch_transforms_active()
    )


def convolve(layer: nn.Conv2d, features: Tensor) -> Tensor:
    """``layer(features)``, and less kept for the backward pass."""
    plain = layer.groups != 1 or layer.dilation != (1, 1) or layer.padding_mode != 'zeros'
    plain = plain or isinstance(layer.padding, str) or _listened_to(layer)
    if plain or not _differentiates(features, layer.weight, layer.bias):
        return layer(features)
    return convolve_with(features, layer.weight, layer.bias, layer.stride, layer.padding)


def convolve_with(
    features: Tensor, weight: Tensor, bias: Tensor | None = None, stride=(1, 1), padding=(0, 0)
) -> Tensor:
    """``F.conv2d``, and less kept for the backward pass."""
    if not _differentiates(features, weight, bias):
        return F.conv2d(features, weight, bias, stride, padding)
    recipe = _recipe_of(features)
    # Autocast leaves float64 alone.
    if not torch.is_autocast_enabled('cpu') or torch.float64 in (features.dtype, weight.dtype):
        return _Convolution.apply(features, weight, bias, recipe, stride, padding)
    dtype = torch.get_autocast_dtype('cpu')
    if features.dtype != dtype:
        features, recipe = features.to(dtype), None
    with torch.autocast('cpu', enabled=False):
        bias = None if bias is None else bias.to(dtype)
        return _Convolution.apply(features, weight.to(dtype), bias, recipe, stride, padding)


def normalise(norm: nn.Module, activation: nn.Module, features: Tensor) -> Tensor:
    """``activation(norm(features))``, and less kept for the backward pass."""
    each_image = type(norm) is nn.InstanceNorm2d
    if each_image:  # without running statistics it is the same in evaluation
        simple = not norm.affine and not norm.track_running_stats
    else:
        simple = norm.training and norm.affine and norm.track_running_stats and norm.momentum is not None
    slope = getattr(activation, 'negative_slope', 0.0)
    simple = simple and slope >= 0 and _fits(norm, features)
    weight, bias = _constant_weights(features) if simple and each_image else (None, None)
    if not simple or not _differentiates(features, getattr(norm, 'weight', None)):
        normed = norm(features) if weight is None else F.instance_norm(features, None, None, weight, bias, eps=norm.eps)
        return activation(normed)
    if each_image:
        inputs = (features, weight, bias, None, None, 0.0)
    else:
        norm.num_batches_tracked.add_(1)
        inputs = (features, norm.weight, norm.bias, norm.running_mean, norm.running_var, norm.momentum)
    output = _NormActivation.apply(*inputs, norm.eps, slope, each_image)
    if output.grad_fn is not None:
        recipe = output.grad_fn.recipe
        recipe.version = output._version
        _RECIPES[output] = recipe
        output.grad_fn.recipe = weakref.ref(recipe)
    return output


def _constant_weights(features: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """One and zero for each channel in float32, for maps of lower precision on a processor; else None and None.

    PyTorch's kernels add up in float32, but round mean and scale to the type of the weights, or of the map without any.
    """
    if features.device.type != 'cpu' or features.dtype not in (torch.bfloat16, torch.float16):
        return None, None
    zeros = features.new_zeros(features.shape[1], dtype=torch.float32)
    return torch.ones_like(zeros), zeros


def _fits(norm: nn.Module, features: Tensor) -> bool:
    """Whether there is something to normalise, as PyTorch's layers check before they call what is called here."""
    if features.ndim != 4 or features.numel() == 0 or features.shape[1] != norm.num_features:
        return False
    images, _, height, width = features.shape
    return (1 if type(norm) is nn.InstanceNorm2d else images) * height * width > 1


def _listened_to(*layers: nn.Module) -> bool:
    """Whether a call of one of these layers would do more than its class's ``forward``."""
    return bool(_has_any_global_hook()) or any(
        layer._forward_hooks
        or layer._forward_pre_hooks
        or layer._backward_hooks
        or layer._backward_pre_hooks
        or 'forward' in layer.__dict__
        for layer in layers
    )


class LeanSequential(nn.Sequential):
    """``nn.Sequential`` that runs its convolutions, and its norms with the activations behind them, as above."""

    def forward(self, features: Tensor) -> Tensor:
        if torch.compiler.is_compiling():
            return super().forward(features)
        layers = list(self)
        place = 0
        while place < len(layers):
            layer, following = layers[place], layers[place + 1] if place + 1 < len(layers) else None
            if type(layer) is nn.Conv2d and not _listened_to(layer):
                features = convolve(layer, features)
            elif type(layer) in _NORMS and type(following) in _ACTIVATIONS and not _listened_to(layer, following):
                features = normalise(layer, following, features)
                place += 1
            else:
                features = layer(features)
            place += 1
        return features


class LeanConv2d(nn.Conv2d):
    """``nn.Conv2d`` for the inside of a network that is not ours."""

    def forward(self, features: Tensor) -> Tensor:
        if not _differentiates(features, self.weight, self.bias):
            return super().forward(features)
        return convolve_with(features, self.weight, self.bias, self.stride, self.padding)


def make_lean(network: nn.Module) -> None:
    """Let the plain convolutions of any network keep less; weights and their names stay."""
    for module in network.modules():
        simple = type(module) is nn.Conv2d and module.groups == 1 and module.dilation == (1, 1)
        if simple and module.padding_mode == 'zeros' and not isinstance(module.padding, str):
            module.__class__ = LeanConv2d
