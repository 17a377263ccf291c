"""Two views of one picture: how data sets without video make their pairs (released KeypointGAN, its option ``tps``)."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from mmcv.transforms import BaseTransform

from kpgan_mm.geometry import random_thin_plate_splines, warp_images
from kpgan_mm.registry import TRANSFORMS

# The released parameters. Units: degrees, share, halves of the padded canvas, weights of the control points.
TARGET_WARP = dict(rotation=5.0, scale=0.05, translation=0.05, warp=(0.0, 0.0))
REFERENCE_WARP = dict(rotation=5.0, scale=0.05, translation=0.05, warp=(0.0005, 0.005))


@TRANSFORMS.register_module()
class RandomThinPlateSplinePair(BaseTransform):
    """Warps target and reference, each by a random thin-plate spline of its own.

    Goes after ``TopdownAffine``. For a data set of single images, ``FramePairDataset`` with ``frame_gap=(0, 0)`` gives
    one picture as both frames, and this makes them differ. The canvas is padded with copies of the border by half the
    picture's size on each side, so ``translation=0.05`` has a standard deviation of 6.4 pixels in a picture of 128.

    The random numbers follow from the state of NumPy's global generator, which the training sets seed with the index
    of the draw; neither the number of workers nor that of threads changes a bit.

    Required and changed key: ``img``, a list of two (H, W, 3) uint8 pictures. Keypoints and masks stay as they are.

    Args:
        target: True warps the target with the released parameters (rotation 5 degrees, scale 0.05, translation 0.05,
            no bending). A dict replaces some of ``rotation``, ``scale``, ``translation`` and ``warp``; see
            :func:`~kpgan_mm.geometry.random_thin_plate_splines`. False leaves it, as the release does unless told.
        reference: The same for the reference, whose released parameters are the same with
            ``warp=(0.0005, 0.005)``.

    Raises:
        ValueError: If neither is warped, or a parameter is unknown; at use, if ``img`` is no list of two pictures.
    """

    def __init__(self, target: bool | dict = False, reference: bool | dict = True) -> None:
        if target is False and reference is False:
            raise ValueError('RandomThinPlateSplinePair warps neither target nor reference: set one of them')
        self.target = _parameters('target', target, TARGET_WARP)
        self.reference = _parameters('reference', reference, REFERENCE_WARP)

    def transform(self, results: dict) -> dict:
        """Warps both pictures."""
        images = results['img']
        if not isinstance(images, list) or len(images) != 2:
            raise ValueError(
                'RandomThinPlateSplinePair needs a pair of pictures: begin the pipeline with LoadFramePair'
            )
        seed = int(np.random.randint(np.iinfo(np.int64).max, dtype=np.int64))
        generator = torch.Generator().manual_seed(seed)
        with _one_thread():
            results['img'] = [
                image if parameters is None else _warp(image, parameters, generator)
                for image, parameters in zip(images, (self.target, self.reference), strict=True)
            ]
        return results


def _parameters(name: str, given: bool | dict, released: dict) -> dict | None:
    """Arguments of the spline's law; None where nothing shall be warped."""
    if isinstance(given, bool):
        return dict(released) if given else None
    unknown = sorted(set(given) - set(released))
    if unknown:
        raise ValueError(f'{name} of RandomThinPlateSplinePair has {", ".join(released)}, not {", ".join(unknown)}')
    return released | dict(given)


def _warp(image: np.ndarray, parameters: dict, generator: torch.Generator) -> np.ndarray:
    """One picture (H, W, 3) uint8."""
    weights = random_thin_plate_splines(1, generator=generator, **parameters)
    tensor = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))).float()[None]
    warped = warp_images(tensor, weights)[0].round().clamp(0, 255).byte()
    return np.ascontiguousarray(warped.permute(1, 2, 0).numpy())


@contextmanager
def _one_thread() -> Iterator[None]:
    """Workers of a loader have one thread; sums over several could differ in the last bit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
