"""Packed frames in the place of the training set's own source (``tools/train.py --packed``)."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import Config

from .packed_frames import read_index
from .source_record import compare_source

# Needs the masks, which are not kept.
MASKING = 'MaskBackground'
_PACKABLE = ('FramePairDataset', 'FrameDrawDataset', 'UnposedPairDataset')


def use_packed_frames(cfg: Config, folder: str | os.PathLike) -> list[str]:
    """Has the training set of a configuration read packed frames, in place; what the network gets stays the same.

    Args:
        cfg: The configuration that the frames were packed from.
        folder: Of the packed frames.

    Returns:
        list[str]: Files and folders that the source reads and that are not there, so that nobody can tell whether they
            have changed since.

    Raises:
        FileNotFoundError: If there are no packed frames.
        ValueError: If they are incomplete, or were packed from other data or with other transforms.
    """
    index = read_index(folder)
    dataset = (cfg.get('train_dataloader') or {}).get('dataset') or {}
    check_packable(dataset)
    try:
        missing = compare_source(index['source'], dataset['source'], cfg.get('data_root') or '')
        pipeline, number = list(dataset.get('pipeline') or []), len(index['done'])
        for packed, own in zip(index['done'], plain_transforms(pipeline) + [None] * number, strict=False):
            if packed != own:
                raise ValueError(f'they were packed with the transform {packed}, and the configuration says {own}')
        if any(name_of(transform) == MASKING for transform in pipeline[number:]):
            raise ValueError(f'they were packed without {MASKING}')
    except ValueError as error:
        raise ValueError(
            f'packed frames {folder} do not belong to this configuration: {error}; '
            'pack again, with `python tools/misc/pack_dataset.py CONFIG FOLDER`'
        ) from None
    dataset['source'] = dict(type='kpgan_mm.PackedFrames', folder=os.fspath(folder))
    dataset['pipeline'] = [dict(type='kpgan_mm.LoadPacked'), *pipeline[number:]]
    cfg.train_dataloader.setdefault('collate_fn', dict(type='compact_collate'))
    return missing


def check_packable(config: Mapping[str, Any]) -> None:
    """Looks whether a training set draws from a frame source.

    Raises:
        ValueError: If not, or if its frames are packed already.
    """
    kind = name_of(config) if config.get('type') else 'none'
    if kind not in _PACKABLE or 'source' not in config:
        raise ValueError(
            f'frames can be packed for training sets that draw them at random ({", ".join(_PACKABLE)}), and this '
            f'configuration has {kind}'
        )
    if name_of(config['source']) == 'PackedFrames':
        raise ValueError('the frames of this configuration are packed already')


def name_of(config: Mapping[str, Any]) -> str:
    """The type that a config names, without its scope."""
    kind = config['type']
    return getattr(kind, '__name__', str(kind)).rsplit('.', 1)[-1]


def plain_transforms(pipeline: Sequence[Mapping[str, Any]]) -> list[dict]:
    """Configs of transforms as JSON gives them back, so that they can be compared; types without scope."""
    plain = [dict(transform, type=name_of(transform)) for transform in pipeline]
    return json.loads(json.dumps(plain, default=str, sort_keys=True))
