"""A configuration with which MMPose alone loads what was trained here, and what a user of a crop has to know."""

from pathlib import Path
from typing import Any

from mmengine.config import Config
from torch import nn

from kpgan_mm.utils.config import ConfigError
from kpgan_mm.utils.metainfo import load_metainfo

from .export_networks import Normalize, input_size

_CROPS = {
    'TopdownAffine': 'widen',
    'mmpose.TopdownAffine': 'widen',
    'StretchToInput': 'stretch',
    'kpgan_mm.StretchToInput': 'stretch',
}
_IGNORED = ('LoadImage', 'PackPoseInputs')

_HEADER = """# {name}: a stock TopdownPoseEstimator of MMPose, for the checkpoint {checkpoint}.
# It needs the package kpgan_mm beside MMPose, for the networks that custom_imports registers:
#   inferencer = MMPoseInferencer({config!r}, {checkpoint!r}, det_model='whole_image')
"""


def crop_of(model: nn.Module) -> dict[str, Any]:
    """What the test pipeline does to a picture before it reaches the network.

    Args:
        model (nn.Module): from :func:`kpgan_mm.apis.init_keypoint_model`.

    Returns:
        dict[str, Any]: ``padding``, by which both sides of the box are multiplied; ``crop``, ``'widen'`` where the box
        is then widened to the input's aspect (MMPose's TopdownAffine) or ``'stretch'`` where it is stretched; and
        ``background``, where it is painted over, the value from 0 to 255 that its pixels have.

    Raises:
        ConfigError: if the pipeline does something else.
    """
    found: dict[str, Any] = {}
    for step in model.cfg.test_dataloader.dataset.pipeline:
        kind = step['type'].removeprefix('mmpose.')
        if kind == 'GetBBoxCenterScale':
            found['padding'] = float(step.get('padding', 1.25))
        elif step['type'] in _CROPS and not step.get('use_udp', False):
            found['crop'] = _CROPS[step['type']]
        elif kind == 'kpgan_mm.MaskBackground':
            found['background'] = float(step.get('value', 0))
        elif kind not in _IGNORED:
            raise ConfigError(
                f'the test pipeline has {step["type"]}, which users of an exported file could not be told: only '
                'LoadImage, GetBBoxCenterScale, TopdownAffine without UDP, StretchToInput, MaskBackground and '
                'PackPoseInputs can be exported'
            )
    if not {'padding', 'crop'} <= set(found):
        raise ConfigError(
            'the test pipeline has no GetBBoxCenterScale with a TopdownAffine or StretchToInput behind it'
        )
    return found


def box_of(config: Config) -> tuple[float, float, float, float] | None:
    """(x1, y1, x2, y2), where the figure is, if the configuration's ``crop`` is one box for all pictures, or None."""
    crop = config.get('crop')
    # elsewhere the name is used for transforms
    if not isinstance(crop, tuple | list) or len(crop) != 4 or not all(isinstance(side, int | float) for side in crop):
        return None
    x, y, width, height = map(float, crop)
    return x, y, x + width, y + height


def describe(model: nn.Module) -> dict[str, Any]:
    """What a user of an exported file has to know, as it is written into the file.

    Args:
        model (nn.Module): from :func:`kpgan_mm.apis.init_keypoint_model`.

    Returns:
        dict[str, Any]: ``keypoints`` (names), ``links``, ``colors`` (RGB), ``input_size`` (width, height), the crop,
        and where the configuration has one box for all pictures ``box`` (x1, y1, x2, y2) in their pixels.
    """
    meta = model.dataset_meta
    height, width = input_size(model)
    colors = meta.get('keypoint_colors')
    box = box_of(model.cfg)
    return {
        'keypoints': [name for _, name in sorted(meta['keypoint_id2name'].items())],
        'links': [[int(joint) for joint in link] for link in meta.get('skeleton_links') or []],
        'colors': [] if colors is None else [[int(value) for value in color] for color in colors],
        'input_size': [int(width), int(height)],
        **crop_of(model),
        **({'box': list(box)} if box else {}),
    }


def stock_config(model: nn.Module) -> Config:
    """MMPose's estimator with the model's networks, and nothing that needs files of this machine.

    Args:
        model (nn.Module): from :func:`kpgan_mm.apis.init_keypoint_model`.

    Raises:
        ConfigError: if the data preprocessor is one that MMPose's own cannot take the place of.
    """
    normalize = Normalize(model.data_preprocessor)
    parts = model.cfg.model.to_dict()
    head = _without_weights(parts['head'])
    if 'metainfo' in head:
        head['metainfo'] = load_metainfo(head['metainfo'])
    test_cfg = {key: value for key, value in (parts.get('test_cfg') or {}).items() if key != 'reconstruct'}
    neck = {'neck': _without_weights(parts['neck'])} if parts.get('neck') else {}
    pipeline = [step.to_dict() for step in model.cfg.test_dataloader.dataset.pipeline]
    return Config(
        dict(
            default_scope='mmpose',
            custom_imports=dict(imports=['kpgan_mm'], allow_failed_imports=False),
            model=dict(
                type='TopdownPoseEstimator',
                data_preprocessor=dict(
                    type='PoseDataPreprocessor',
                    mean=normalize.mean.flatten().tolist(),
                    std=normalize.std.flatten().tolist(),
                    bgr_to_rgb=normalize.swap,
                ),
                backbone=_without_weights(parts['backbone']),
                **neck,
                head=head,
                test_cfg=test_cfg,
            ),
            test_dataloader=dict(dataset=dict(pipeline=pipeline)),
            dataset_type='CocoDataset',
            data_mode='topdown',
            visualizer=dict(type='PoseLocalVisualizer', name='visualizer'),
        )
    )


def write_stock_config(model: nn.Module, out: Path, checkpoint: Path) -> None:
    """Write :func:`stock_config`, with a header that says what it is for.

    Args:
        model (nn.Module): from :func:`kpgan_mm.apis.init_keypoint_model`.
        out (Path): file to write.
        checkpoint (Path): what it goes with.
    """
    header = _HEADER.format(name=out.stem, checkpoint=checkpoint.name, config=out.name)
    out.write_text(header + stock_config(model).pretty_text, encoding='utf-8')


def _without_weights(part: Any) -> Any:
    """Without the weights that a training started from, which are files of another machine."""
    if isinstance(part, dict):
        return {key: _without_weights(value) for key, value in part.items() if key != 'init_cfg'}
    return part
