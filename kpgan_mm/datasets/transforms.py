"""Transforms for pairs of frames. MMPose's own crop both pictures of a list alike, so little is needed."""

import copy
from typing import Any

import cv2
import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.structures import InstanceData
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.datasets.transforms.formatting import image_to_tensor
from mmpose.structures import PoseDataSample
from torch import Tensor

from kpgan_mm.registry import TRANSFORMS

from .bad_data import BadDataError
from .image_files import read_image

_IMMUTABLE = frozenset((bool, float, int, str, type(None)))


@TRANSFORMS.register_module()
class LoadFramePair(BaseTransform):
    """Loads the target and the reference frame as a list of two pictures.

    Required keys: ``img`` or ``img_path``, ``ref_img`` or ``ref_img_path``; ``bbox`` optional.
    Added or changed keys: ``img`` (a list of two (H, W, 3) uint8 BGR), ``img_shape``, ``ori_shape``, ``img_path``, and
    ``bbox`` (1, 4), the whole picture, if there was none.

    Raises:
        MissingFileError: If a file does not exist.
        BadDataError: If a file is no image, or the two frames differ in size.
    """

    def transform(self, results: dict) -> dict:
        """Adds both pictures."""
        target = results['img'] if 'img' in results else read_image(results['img_path'])
        reference = results.pop('ref_img') if 'ref_img' in results else read_image(results['ref_img_path'])
        _check_sizes(results, target.shape[:2], reference.shape[:2])
        results['img'] = [target, reference]
        results.setdefault('img_path', None)
        results['img_shape'] = results['ori_shape'] = target.shape[:2]
        if 'bbox' not in results:
            results['bbox'] = whole_image_box(target.shape)
        return results


@TRANSFORMS.register_module()
class LoadPacked(BaseTransform):
    """Stands for the transforms that were carried out when the frames were packed (:mod:`.packed_frames`).

    Required keys: ``img``, ``packed``; for a pair also ``ref_img`` and ``ref_packed``.
    Added or changed keys: what those transforms add or change; of a pair ``img`` becomes a list of two pictures.

    Raises:
        BadDataError: If the two frames of a pair differed in size.
    """

    def transform(self, results: dict) -> dict:
        """Adds what was packed."""
        packed = results.pop('packed')
        if 'ref_img' in results:
            _check_sizes(results, packed['ori_shape'], results.pop('ref_packed')['ori_shape'])
            results['img'] = [results['img'], results.pop('ref_img')]
        results.setdefault('img_path', None)
        results.update(packed)
        return results


def _check_sizes(results: dict, target: tuple[int, int], reference: tuple[int, int]) -> None:
    """Compares the sizes of the two frames of a pair."""
    if target != reference:
        raise BadDataError(
            f'frames {results["frame_id"]} and {results["ref_frame_id"]} of video {results["video_id"]} differ in '
            f'size: {target} and {reference}',
            'frame-size',
            f'video {results["video_id"]}',
        )


@TRANSFORMS.register_module()
class MaskBackground(BaseTransform):
    """Paints everything but the foreground black, or grey, in one picture or in both of a pair.

    Goes after ``LoadImage`` or :class:`LoadFramePair`, before any crop.

    Required keys: ``img``, and ``foreground`` (H, W) bool or ``mask_path``; for a pair also those of the reference
    frame, with the prefix ``ref_``.

    Args:
        value: Of the background's pixels, 0 to 255.

    Raises:
        KeyError: If the source gives no mask.
        MissingFileError: If the mask file does not exist.
        BadDataError: If the mask is no image, or mask and picture differ in size.
    """

    def __init__(self, value: float = 0) -> None:
        self.value = value

    def transform(self, results: dict) -> dict:
        """Multiplies pictures by masks."""
        if isinstance(results['img'], list):
            prefixes = ('', 'ref_')
            results['img'] = [self._mask(img, results, p) for img, p in zip(results['img'], prefixes, strict=True)]
        else:
            results['img'] = self._mask(results['img'], results, '')
        return results

    def _mask(self, image: np.ndarray, results: dict, prefix: str) -> np.ndarray:
        if results.get(f'{prefix}foreground') is not None:
            mask = results[f'{prefix}foreground']
        elif results.get(f'{prefix}mask_path') is not None:
            mask = read_image(results[f'{prefix}mask_path'], cv2.IMREAD_GRAYSCALE)
            # Masks come as 0/1 and as 0/255; grey ones are partly transparent.
            highest = mask.max()
            if highest in (0, 1) or (highest == 255 and not cv2.inRange(mask, 1, 254).any()):
                mask = mask > 0
            else:
                mask = mask / np.float32(255)
        else:
            raise KeyError('MaskBackground found neither "foreground" nor "mask_path": the frame source has no masks')
        if mask.shape != image.shape[:2]:
            file = results.get(f'{prefix}mask_path') or ''
            place = f'{file}: ' if file else ''
            raise BadDataError(
                f'{place}mask of {mask.shape} for a picture of {image.shape[:2]} pixels', 'mask-size', file
            )
        if mask.dtype == bool and image.dtype == np.uint8:
            # The same as below, ten times as fast.
            painted = np.full_like(image, np.rint(np.float32(self.value)))
            return cv2.copyTo(image, mask.view(np.uint8), painted)
        mask = mask.astype(np.float32)[..., None]
        return np.rint(image * mask + self.value * (1 - mask)).astype(image.dtype)


@TRANSFORMS.register_module()
class PackPairInputs(PackPoseInputs):
    """``PackPoseInputs`` for a pair of frames and an unpaired pose.

    Gives ``inputs`` (3, H, W), the target; ``ref_inputs`` (3, H, W) if ``img`` is a list of two; and ``data_samples``,
    whose ``gt_instance_labels.prior_keypoints`` is the pose (1, K, 2) in [-1, 1].
    """

    label_mapping_table = dict(PackPoseInputs.label_mapping_table, prior_keypoints='prior_keypoints')
    _left_to_parent = frozenset(
        (*PackPoseInputs.field_mapping_table, 'field_mapping_table', 'instance_mapping_table', 'label_mapping_table')
    )

    def transform(self, results: dict) -> dict:
        """Packs tensors."""
        pair = isinstance(results['img'], list)
        target, reference = results['img'] if pair else (results['img'], None)
        if self.pack_transformed or self._left_to_parent & results.keys():
            packed = super().transform(results | dict(img=target))
        else:
            packed = dict(inputs=picture_tensor(target), data_samples=self._data_sample(results))
        if pair:
            packed['ref_inputs'] = picture_tensor(reference)
        return packed

    def _data_sample(self, results: dict) -> PoseDataSample:
        """What the parent makes, without its copies of copies."""
        sample, instances = PoseDataSample(), InstanceData()
        for key, name in self.instance_mapping_table.items():
            if key in results:
                instances.set_field(results[key], name)
        sample.gt_instances = instances
        labels = {name: results[key] for key, name in self.label_mapping_table.items() if key in results}
        sample.gt_instance_labels = InstanceData(**{name: _label_tensor(label) for name, label in labels.items()})
        for key in self.meta_keys:
            if key in results:
                sample.set_field(_own_copy(results[key]), key, field_type='metainfo')
        return sample


def picture_tensor(image: np.ndarray) -> Tensor:
    """MMPose's ``image_to_tensor``, four times as fast for pictures (H, W, 3) of bytes."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        return image_to_tensor(image)
    planes = np.empty((3, *image.shape[:2]), dtype=np.uint8)
    cv2.split(np.ascontiguousarray(image), list(planes))
    return torch.from_numpy(planes)


def _label_tensor(label: Any) -> Any:
    # Several encoders give a list.
    label = np.stack(label) if isinstance(label, list) else label
    return torch.from_numpy(label) if isinstance(label, np.ndarray) else label


def _own_copy(value: Any) -> Any:
    """A deep copy, without ``copy.deepcopy`` for what samples mostly hold."""
    kind = type(value)
    if kind in _IMMUTABLE:
        return value
    if kind in (list, tuple) and _IMMUTABLE.issuperset(map(type, value)):
        return kind(value)
    return copy.deepcopy(value)


def whole_image_box(shape: tuple) -> np.ndarray:
    """Box (1, 4) of a whole picture of shape (H, W, ...), so that a crop to the same size changes nothing."""
    return np.array([[0, 0, shape[1], shape[0]]], dtype=np.float32)
