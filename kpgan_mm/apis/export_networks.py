"""The two networks that leave: an image's keypoints, and the picture that keypoints and a reference make."""

import copy

import torch
from mmpose.models.heads import RegressionHead
from mmpose.models.utils.tta import flip_coordinates
from torch import Tensor, nn

from kpgan_mm.geometry import normalized_to_pixels, pixel_grid, pixels_to_normalized
from kpgan_mm.geometry.rendering import link_ends
from kpgan_mm.models.generators import UnconditionalGenerator
from kpgan_mm.models.heads import LinkedKeypointBottleneck, SkeletonBottleneck
from kpgan_mm.models.heads.confidence_calibration import ConfidenceCalibration
from kpgan_mm.models.heads.keypoint_head import KeypointHead
from kpgan_mm.models.pose_estimators import AutoLink
from kpgan_mm.utils.config import ConfigError

from .generation import require_generator

# As in the rasteriser, whose drawings the export repeats and is compared with.
_EPSILON = 1e-6


class Normalize(nn.Module):
    """Pictures ``(B, H, W, 3)`` uint8 BGR, as OpenCV reads them, to what the networks take, and back.

    Args:
        preprocessor (nn.Module): the model's; its channel order, mean and standard deviation are taken over.

    Raises:
        ConfigError: if it does not normalise, or pads.
    """

    def __init__(self, preprocessor: nn.Module) -> None:
        super().__init__()
        if not getattr(preprocessor, '_enable_normalize', False) or preprocessor.pad_size_divisor != 1:
            raise ConfigError(
                f'{type(preprocessor).__name__} cannot be exported: only data preprocessors with a mean and a std and '
                'without padding can'
            )
        self.swap = bool(preprocessor._channel_conversion)
        self.register_buffer('mean', preprocessor.mean.detach().cpu().clone())
        self.register_buffer('std', preprocessor.std.detach().cpu().clone())

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures ``(B, H, W, 3)`` uint8 to images ``(B, 3, H, W)``."""
        if self.swap:
            pictures = pictures.flip(-1)
        return (pictures.permute(0, 3, 1, 2).float() - self.mean) / self.std

    def back(self, images: Tensor) -> Tensor:
        """Images ``(B, 3, H, W)`` to pictures ``(B, H, W, 3)`` float32 in [0, 255]."""
        pictures = (images * self.std + self.mean).clamp(0, 255).permute(0, 2, 3, 1)
        return pictures.flip(-1) if self.swap else pictures


class _FittedCalibration(ConfidenceCalibration):
    """Known to be fitted, since a program that is exported cannot look."""

    is_fitted = True


class Detector(nn.Module):
    """Pictures to keypoints in pixels of the same pictures, as the model's own ``predict`` with its ``test_cfg``.

    Args:
        model (nn.Module): from :func:`kpgan_mm.apis.init_keypoint_model`; copied.

    Raises:
        ConfigError: if its head is none that can be exported.
    """

    inputs = ('images',)

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        if not isinstance(model.head, (KeypointHead, RegressionHead)):
            raise ConfigError(
                f'{type(model.head).__name__} cannot be exported: only the heads of kpgan_mm and RegressionHead can; '
                'for other heads of MMPose there is MMDeploy'
            )
        self.normalize = Normalize(model.data_preprocessor)
        self.backbone = copy.deepcopy(model.backbone)
        self.neck = copy.deepcopy(model.neck) if model.with_neck else nn.Identity()
        self.head = copy.deepcopy(model.head)
        # These do not predict keypoints.
        self.head.loss_module = None
        if getattr(self.head, 'judge', None) is not None:
            self.head.judge = None
        self.outputs = ('keypoints',)
        if self.knows_scores(model):
            self.outputs = ('keypoints', 'keypoint_scores')
            self._make_exportable(self.head)
        self.test_cfg = dict(model.test_cfg)
        self.indices = self.test_cfg.get('output_keypoint_indices')
        self.flip_indices = model.dataset_meta['flip_indices']
        self.size = input_size(model)

    @staticmethod
    def knows_scores(model: nn.Module) -> bool:
        """Whether a model's scores say anything: those of a regression in MMPose are always 1."""
        return isinstance(model.head, KeypointHead)

    def _make_exportable(self, head: KeypointHead) -> None:
        """Replace, in our copy of the head, what depends on values of tensors or on the size of the batch."""
        fitted = nn.Identity()
        if head.calibration.is_fitted:
            fitted = _FittedCalibration(len(head.calibration.offsets))
            fitted.load_state_dict(head.calibration.state_dict())
        head.calibration = fitted
        if isinstance(head, SkeletonBottleneck):
            head.__dict__['render'] = Drawing(head)  # before the method of that name

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Predict.

        Args:
            images (Tensor): ``(B, H, W, 3)`` uint8 BGR.

        Returns:
            tuple[Tensor, ...]: keypoints ``(B, K, 2)`` as (x, y) in pixels, and from our heads their scores ``(B, K)``
            in [0, 1].
        """
        inputs = self.normalize(images)
        feats = self.neck(self.backbone(inputs))
        if self.test_cfg.get('flip_test', False):
            feats = [feats, self.neck(self.backbone(inputs.flip(-1)))]
        outputs = self.read(feats)
        if self.indices is not None:
            outputs = tuple(output[:, list(self.indices)] for output in outputs)
        return outputs

    def read(self, feats) -> tuple[Tensor, ...]:
        """What the head reads off the feats: keypoints of all joints in pixels, and the scores it knows."""
        if isinstance(self.head, KeypointHead):
            readings = self.head.readings(feats, self.test_cfg)
            keypoints = normalized_to_pixels(self.head.mean_keypoints(readings), self.size)
            return keypoints, self.head.confidences(readings)
        height, width = self.size
        extent = self.normalize.mean.new_tensor((width, height))
        if not self.test_cfg.get('flip_test', False):
            return (self.head(feats) * extent,)
        mirrored = flip_coordinates(
            self.head(feats[1]),
            flip_indices=self.flip_indices,
            shift_coords=self.test_cfg.get('shift_coords', True),
            input_size=(width, height),
        )
        return ((self.head(feats[0]) + mirrored) * 0.5 * extent,)


class Painter(nn.Module):
    """Keypoints in pixels, and a reference, to a picture: the model's generator behind the drawing of its head.

    Args:
        model (nn.Module): from :func:`kpgan_mm.apis.init_keypoint_model`, with its generator; copied.

    Raises:
        ConfigError: if the model has no generator.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        require_generator(model, 'exporting the generator')
        self.normalize = Normalize(model.data_preprocessor)
        self.generator = copy.deepcopy(model.generator)
        self.draw = Drawing(model.head)
        self.size = model.head.size
        self.inputs = ('keypoints', 'reference')
        if isinstance(model, AutoLink):
            self.inputs = ('keypoints', 'reference', 'visible')
        elif isinstance(self.generator, UnconditionalGenerator):
            self.inputs = ('keypoints',)
        self.outputs = ('picture',)

    def forward(self, keypoints: Tensor, reference: Tensor | None = None, visible: Tensor | None = None) -> Tensor:
        """Paint.

        Args:
            keypoints (Tensor): ``(B, K, 2)`` as (x, y) in pixels; all of the head's.
            reference (Tensor, optional): ``(B, H, W, 3)`` uint8 BGR; not for a generator that looks at none.
            visible (Tensor, optional): AutoLink's mask ``(B, H, W)`` float32, 1 where the reference may be seen.

        Returns:
            Tensor: ``(B, H, W, 3)`` float32 BGR in [0, 255].
        """
        drawing = self.draw(pixels_to_normalized(keypoints, self.size))
        image = None if reference is None else self.normalize(reference)
        if visible is not None:
            image = image * visible[:, None]
        return self.normalize.back(self.generator(drawing, image))


class Drawing(nn.Module):
    """``head.render`` of any of our heads, in operations that can be exported for batches of any size.

    The head's own goes through the links one by one, to save memory in training; here they are taken all at once.

    Args:
        head (nn.Module): one of our bottlenecks.
    """

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.size = head.size
        self.is_skeleton = isinstance(head, SkeletonBottleneck)
        self.is_edge_map = isinstance(head, LinkedKeypointBottleneck)
        if self.is_skeleton:
            self.sigma, self.falloff = head.sigma, head.falloff
            self._look_up(head.skeleton.links, head.skeleton.num_keypoints)
        elif self.is_edge_map:
            self.sigma_squared = head.sigma_squared
            self.register_buffer('weights', head.edge_weights().detach().clone())
            self._look_up(head.pairs, head.num_keypoints)
        else:
            self.render = head.render

    def _look_up(self, links: list, num_keypoints: int) -> None:
        """Matrices ``(E, K)`` that give both ends of all links, computed now, so that they are constants."""
        unit_keypoints = torch.eye(num_keypoints)[..., None].expand(-1, -1, 2)
        starts, ends = (end[..., 0].T.contiguous() for end in link_ends(unit_keypoints, links))
        self.register_buffer('starts', starts)
        self.register_buffer('ends', ends)

    def forward(self, keypoints: Tensor) -> Tensor:
        """Keypoints ``(B, K, 2)`` in [-1, 1] to what the generator takes."""
        if self.is_skeleton:
            nearest = self.squared_distances(keypoints).amin(dim=1)
            if self.falloff == 'exponential':
                brightness = torch.exp(-(nearest + _EPSILON).sqrt() / self.sigma**2)
            else:
                brightness = torch.exp(-nearest / self.sigma**2)
            return (2 * brightness - 1).reshape(-1, 1, *self.size)
        if self.is_edge_map:
            brightness = torch.exp(-self.squared_distances(keypoints) / self.sigma_squared)
            return (self.weights[:, None] * brightness).amax(dim=1).reshape(-1, 1, *self.size)
        return self.render(keypoints)

    def squared_distances(self, keypoints: Tensor) -> Tensor:
        """From every link to every pixel, ``(B, E, H * W)``."""
        starts, ends = ((weights @ keypoints)[:, :, None] for weights in (self.starts, self.ends))
        offsets = pixel_grid(self.size).reshape(-1, 2) - starts
        directions = ends - starts
        squared_lengths = directions.square().sum(dim=-1).clamp(min=_EPSILON)
        along = ((offsets * directions).sum(dim=-1) / squared_lengths).clamp(0, 1)
        return (offsets - along[..., None] * directions).square().sum(dim=-1)


def input_size(model: nn.Module) -> tuple[int, int]:
    """(height, width) of the pictures that a model takes.

    Raises:
        ConfigError: if neither the head nor the codec says it.
    """
    if isinstance(model.head, KeypointHead):
        return model.head.size
    decoder = getattr(model.head, 'decoder', None)
    if decoder is None:
        raise ConfigError(f'{type(model.head).__name__} has no decoder, so nothing says the size of its input')
    width, height = decoder.input_size
    return height, width
