"""A trained model as the page sees it: what it can do, what it reads from a picture, what it paints."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from torch import nn

from kpgan_mm.apis import init_keypoint_model, predict_samples
from kpgan_mm.apis.generation import require_generator, require_reference, to_bgr
from kpgan_mm.apis.images import pack_images
from kpgan_mm.evaluation.crops import crop_to_image, image_to_crop
from kpgan_mm.geometry import normalized_to_pixels, pixels_to_normalized
from kpgan_mm.models.generators import UnconditionalGenerator
from kpgan_mm.models.pose_estimators import IMM, AutoLink

from .errors import StudioError
from .painting import paint_keypoints, remember_appearances, require_movable, skeleton_picture
from .pictures import data_url
from .skeletons import describe_skeleton

# Pictures that stay ready for the network.
_PREPARED = 8


@dataclass(frozen=True)
class View:
    """A picture as the page names it.

    Attributes:
        key: Tells it apart from all others.
        image: ``(H, W, 3)`` uint8 BGR.
        box: (x1, y1, x2, y2) in pixels, where the figure is; None for the whole picture.
    """

    key: tuple
    image: np.ndarray
    box: tuple[float, float, float, float] | None = None


def find_config(checkpoint: Path) -> Path:
    """The config that training has put beside a checkpoint.

    Raises:
        FileNotFoundError: If there is no checkpoint.
        ValueError: If there is not just one ``.py`` beside it.
    """
    if not checkpoint.is_file():
        raise FileNotFoundError(f'there is no checkpoint {checkpoint}')
    found = sorted(checkpoint.resolve().parent.glob('*.py'))
    if len(found) != 1:
        raise ValueError(
            f'the config of {checkpoint} is not clear, as there are {len(found)} .py files beside it: '
            'name it with --config'
        )
    return found[0]


class StudioModel:
    """A model with its lock: one request at a time goes through the networks.

    Args:
        model: From :func:`kpgan_mm.apis.init_keypoint_model`.
        name: For people.
    """

    def __init__(self, model: nn.Module, name: str) -> None:
        self.model, self.name = model, name
        self.size = tuple(model.head.size) if hasattr(model.head, 'size') else _input_size(model.cfg)
        self.metainfo = getattr(model.head, 'keypoint_metainfo', None) or model.dataset_meta
        self._lock = threading.Lock()
        self._prepared: OrderedDict[tuple, tuple] = OrderedDict()
        remember_appearances(model)

    @classmethod
    def load(cls, checkpoint: Path, config: Path | None, device: str, trust_checkpoint: bool) -> 'StudioModel':
        """Read a checkpoint; its config is looked for beside it unless one is given."""
        config = config or find_config(checkpoint)
        model = init_keypoint_model(config, checkpoint, device, trust_checkpoint)
        return cls(model, f'{checkpoint.resolve().parent.name}/{checkpoint.stem}')

    def describe(self) -> dict:
        """Name, kind, skeleton, ``input_size`` (width, height), ``padding``, and why it cannot do what it cannot."""
        model = self.model
        return dict(
            name=self.name,
            kind=type(model).__name__,
            skeleton=describe_skeleton(self.metainfo),
            input_size=[self.size[1], self.size[0]],
            padding=_padding(model.cfg),
            cannot=dict(
                reconstruct=_refusal(require_generator, model, 'repainting'),
                drag=_refusal(require_movable, model),
                swap=_refusal(_require_swap, model),
            ),
            notes=_notes(model),
        )

    def read(self, view: View, appearance: View | None = None) -> dict:
        """What the model sees in a picture.

        Args:
            view: The picture.
            appearance: Paint with the appearance of this one; by default with its own.

        Returns:
            dict: ``keypoints`` ``(K, 2)`` in pixels of the picture, as the generator gets them (no flip test);
            ``scores``; ``crop``; ``links`` where they are learned; and ``pictures``, data URLs: ``crop``, and with a
            generator ``skeleton``, ``clean_skeleton``, ``reconstruction`` and ``appearance``.
        """
        with self._lock, torch.inference_mode():
            sample = predict_samples(self.model, [view.image], view.box)[0]
            scores = np.asarray(sample.pred_instances.keypoint_scores, np.float64)[0]
            inputs, crop = self._prepare(view)
            answer = dict(scores=scores.round(4).tolist(), crop=_plain_crop(crop))
            if not hasattr(self.model, 'visuals'):
                keypoints = np.asarray(sample.pred_instances.keypoints, np.float64)[0, :, :2]
                pictures = dict(crop=to_bgr(self._pixels(inputs))[0])
            else:
                other = inputs if appearance is None else self._prepare(appearance)[0]
                visuals = self.model.visuals(inputs, other)
                normalized = visuals['keypoints'][0].double().cpu().numpy()
                keypoints = crop_to_image(normalized_to_pixels(normalized, self.size), crop)
                pictures = dict(
                    crop=to_bgr(visuals['images'])[0],
                    appearance=to_bgr(visuals['references'])[0],
                    reconstruction=to_bgr(visuals['reconstructions'])[0],
                    skeleton=skeleton_picture(visuals['skeletons']),
                    clean_skeleton=skeleton_picture(visuals['clean_skeletons']),
                )
                if 'skeleton_links' in visuals:
                    answer['links'] = [[int(end) for end in link] for link in visuals['skeleton_links']]
        answer['keypoints'] = keypoints.round(3).tolist()
        answer['pictures'] = {name: data_url(picture) for name, picture in pictures.items()}
        return answer

    def paint(self, view: View, keypoints: Sequence, appearance: View | None = None) -> dict:
        """Paint a picture from keypoints that someone has moved.

        Args:
            view: The picture that the keypoints belong to.
            keypoints: ``(K, 2)`` in its pixels.
            appearance: As for :meth:`read`.

        Returns:
            dict: ``pictures``, data URLs: ``reconstruction`` and ``clean_skeleton``.

        Raises:
            ValueError: If the model cannot, or the keypoints are not (K, 2) finite numbers.
        """
        require_movable(self.model)
        if appearance is not None:
            _require_swap(self.model)
        points = keypoint_array(keypoints, self.metainfo['num_keypoints'])
        with self._lock, torch.inference_mode():
            inputs, crop = self._prepare(view)
            other = inputs if appearance is None else self._prepare(appearance)[0]
            normalized = pixels_to_normalized(image_to_crop(points, crop), self.size)
            poses = torch.from_numpy(normalized[None]).to(inputs)
            painted, drawn = paint_keypoints(self.model, poses, other)
            pictures = dict(reconstruction=to_bgr(painted)[0], clean_skeleton=skeleton_picture(drawn))
        return dict(pictures={name: data_url(picture) for name, picture in pictures.items()})

    def _prepare(self, view: View) -> tuple[torch.Tensor, dict]:
        """Inputs ``(1, 3, H, W)`` and the crop's meta data; the same tensor for the same picture."""
        key = (*view.key, view.box)
        if key not in self._prepared:
            batch = pack_images(self.model, [view.image], view.box)
            inputs = self.model.data_preprocessor(batch, False)['inputs']
            self._prepared[key] = inputs, batch['data_samples'][0].metainfo
            while len(self._prepared) > _PREPARED:
                self._prepared.popitem(last=False)
        self._prepared.move_to_end(key)
        return self._prepared[key]

    def _pixels(self, inputs: torch.Tensor) -> torch.Tensor:
        preprocessor = self.model.data_preprocessor
        if not hasattr(preprocessor, 'mean'):
            return inputs / 127.5 - 1
        return (inputs * preprocessor.std + preprocessor.mean) / 127.5 - 1


def keypoint_array(keypoints: Sequence, count: int) -> np.ndarray:
    """Keypoints ``(count, 2)`` of a request, float64.

    Raises:
        StudioError: If they are anything else, or not finite.
    """
    try:
        points = np.asarray(keypoints, np.float64)
    except (TypeError, ValueError, OverflowError):
        points = np.zeros(0)
    if points.shape != (count, 2) or not np.isfinite(points).all() or np.abs(points).max() > 1e6:
        raise StudioError(f'keypoints must be {count} pairs of finite numbers')
    return points


def _require_swap(model: nn.Module) -> None:
    require_reference(model, 'swapping appearances')
    if isinstance(model.generator, UnconditionalGenerator):
        raise ValueError('swapping appearances needs a generator that looks at a reference, and this one looks at none')


def _refusal(check: Callable, *arguments) -> str | None:
    try:
        check(*arguments)
    except ValueError as error:
        return str(error)
    return None


def _notes(model: nn.Module) -> list[str]:
    if isinstance(model, AutoLink):
        return [
            'AutoLink: the raw skeleton is its edge map; appearance comes from a fifth of the picture itself, so '
            'appearances cannot be swapped, and traces of the old pose stay visible.'
        ]
    if isinstance(model, IMM):
        return ['IMM: it learns no skeleton; the skeleton pictures show blobs, one for each keypoint.']
    if not getattr(model, 'bottleneck', True):
        return [
            'An ablation without bottleneck: moved keypoints show it a clean skeleton, on which it was not trained.'
        ]
    return []


def _input_size(config: Config) -> tuple[int, int]:
    """(height, width) of the network's input by the test pipeline."""
    for step in config.test_dataloader.dataset.pipeline:
        if step['type'] == 'TopdownAffine':
            width, height = step['input_size']
            return height, width
    raise ValueError('the test pipeline of the config has no TopdownAffine, so the size of its input is not known')


def _padding(config: Config) -> float:
    """How much the test pipeline widens boxes; MMPose's default where it does not say."""
    for step in config.test_dataloader.dataset.pipeline:
        if step['type'] == 'GetBBoxCenterScale':
            return float(step.get('padding', 1.25))
    return 1.0


def _plain_crop(crop: dict) -> dict:
    """``size``, ``center`` and ``scale`` of a crop, two numbers each."""
    names = dict(size='input_size', center='input_center', scale='input_scale')
    return {name: np.asarray(crop[key], np.float64).reshape(-1, 2)[0].tolist() for name, key in names.items()}
