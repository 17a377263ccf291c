"""Networks made faster for prediction: in bfloat16, and compiled with their weights as constants."""

import shutil
from contextlib import nullcontext

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class FastNetwork(nn.Module):
    """A network for prediction alone; it takes and gives float32.

    A compiled network is of one batch size, that of its first call, as each other would be compiled anew: smaller
    batches are filled up, larger ones cut.

    Args:
        network (nn.Module): in evaluation mode; takes images ``(B, C, H, W)`` and gives tensors whose first axis is B.
        bfloat16 (bool): compute in bfloat16.
        compiled (bool): compile at the first call, which takes up to a minute.
    """

    def __init__(self, network: nn.Module, bfloat16: bool, compiled: bool) -> None:
        super().__init__()
        self.network, self.bfloat16 = network, bfloat16
        call = network
        if compiled:
            # A second network of the same class would be compiled for any batch size: that fails with constant weights.
            call = torch.compile(network, dynamic=False)
        self.__dict__['_call'] = call  # no second module of the same weights
        self._batch_size: int | None = None
        self._compiled = compiled

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, ...]:
        if not self._compiled:
            return self._run(images)
        number, size = len(images), self._batch_size or len(images)
        self._batch_size = size
        images = F.pad(images, (0, 0, 0, 0, 0, 0, 0, -number % size))
        parts = [self._run(part) for part in images.split(size)]
        if torch.is_tensor(parts[0]):
            return torch.cat(parts)[:number]
        return tuple(torch.cat(outputs)[:number] for outputs in zip(*parts, strict=True))

    def _run(self, images: Tensor):
        # Weights as constants: norms are folded into convolutions, and their layout is chosen once.
        freezing = torch._inductor.config.patch(freezing=True) if self._compiled else nullcontext()
        with torch.no_grad(), torch.autocast(images.device.type, torch.bfloat16, self.bfloat16), freezing:
            outputs = self._call(images)
        return outputs.float() if torch.is_tensor(outputs) else tuple(output.float() for output in outputs)


def speed_up(model: nn.Module, bfloat16: bool = False, compiled: bool = False) -> None:
    """Replace, in place, the networks of a model, which can then only predict.

    Drawing, soft-argmax and confidence stay as they are, in float32.

    Args:
        model (nn.Module): from :func:`~.inference.init_keypoint_model`; any of MMPose's, too.
        bfloat16 (bool): keypoints differ a little; docs/performance.md has by how much. It pays on processors with
            AVX512-BF16 or AMX, and on GPUs.
        compiled (bool): keypoints are as before to rounding. It pays for some thousand pictures. The first call decides
            the size of the batches and the weights: later changes of these have no effect.

    Raises:
        ValueError: if that has been done before, or a model is to be compiled for a processor and there is no C++
            compiler.
    """
    if not (bfloat16 or compiled):
        return
    device = next(model.parameters()).device
    if compiled and device.type == 'cpu' and not any(map(shutil.which, ('g++', 'clang++', 'c++'))):
        raise ValueError('compiling networks needs a C++ compiler, such as g++: install one, or predict without')
    if isinstance(model.backbone, FastNetwork):
        raise ValueError('this model was made faster before: load it anew to choose otherwise')
    model.eval()
    model.backbone = FastNetwork(model.backbone, bfloat16, compiled)
    if isinstance(getattr(model.head, 'regressor', None), nn.Module):
        model.head.regressor = FastNetwork(model.head.regressor, bfloat16, compiled)
