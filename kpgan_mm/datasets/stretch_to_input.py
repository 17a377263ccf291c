"""A crop that gives up the picture's aspect, as some methods' released code does."""

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from kpgan_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class StretchToInput(BaseTransform):
    """Crops the box and stretches it to the network's input; MMPose's ``TopdownAffine`` would widen the box instead.

    Goes after ``GetBBoxCenterScale``. Predictions find their way back into the picture as ever, since MMPose keeps both
    sides of a crop.

    Required keys: ``img``, a picture (H, W, 3) or a list of them; ``bbox_center`` and ``bbox_scale`` (1, 2); optional
    ``keypoints`` (1, K, 2).
    Added or changed keys: ``img``, ``transformed_keypoints``, ``input_size``, ``input_center``, ``input_scale``.

    Args:
        input_size: (width, height) of the network's input in pixels.

    Raises:
        ValueError: At use, if there are several boxes or a side of the box is not positive.
    """

    def __init__(self, input_size: tuple[int, int]) -> None:
        self.input_size = tuple(input_size)

    def transform(self, results: dict) -> dict:
        """Warps pictures and keypoints."""
        center, scale = np.asarray(results['bbox_center'], float), np.asarray(results['bbox_scale'], float)
        if center.shape != (1, 2) or (scale <= 0).any():
            raise ValueError(f'StretchToInput needs one box with an area, got centers {center} and scales {scale}')
        center, scale = center[0], scale[0]
        factors = np.array(self.input_size) / scale
        # The corner of the box goes to (0, 0), as with TopdownAffine.
        matrix = np.concatenate([np.diag(factors), (factors * (scale / 2 - center))[:, None]], axis=1)
        images = results['img'] if isinstance(results['img'], list) else [results['img']]
        warped = [cv2.warpAffine(image, matrix, self.input_size, flags=cv2.INTER_LINEAR) for image in images]
        results['img'] = warped if isinstance(results['img'], list) else warped[0]
        if results.get('keypoints') is not None:
            moved = results['keypoints'][..., :2] * matrix[:, :2].diagonal() + matrix[:, 2]
            results['transformed_keypoints'] = moved.astype(np.float32)
        results.update(input_size=self.input_size, input_center=center, input_scale=scale)
        return results
