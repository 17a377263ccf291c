"""Checkpoints as safetensors files: a format of tensors and text, which cannot hold a program."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kpgan_mm.utils.optional import require_packages

# The text beside the tensors has one entry of ours.
_META = 'meta'
# What JSON has no form for is written as a dictionary of one of these keys.
_DICT, _TUPLE, _ARRAY = 'dict', 'tuple', 'array'


def write_safetensors(checkpoint: dict, path: str | Path) -> None:
    """Write ``state_dict`` and ``meta`` of a checkpoint.

    Args:
        checkpoint: Its weights are tensors; its meta consists of plain types, tuples and arrays.
        path: The file.

    Raises:
        ImportError: If the package is missing.
        TypeError: If something in meta has no form in such a file.
    """
    require_packages('a safetensors file', 'export', 'safetensors')
    from safetensors.torch import save_file

    weights = {name: value.detach().contiguous() for name, value in checkpoint['state_dict'].items()}
    save_file(weights, str(path), {_META: json.dumps(_encode(checkpoint.get('meta', {})))})


def read_safetensors(path: str | Path, map_location: Any = None) -> dict:
    """Read what `write_safetensors` wrote; a file of another program has an empty ``meta``.

    Args:
        path: The file.
        map_location: A device, as for `torch.load`.

    Returns:
        dict: ``state_dict`` and ``meta``.

    Raises:
        ImportError: If the package is missing.
        ValueError: If it is no such file, or a damaged one.
    """
    require_packages('a safetensors file', 'export', 'safetensors')
    from safetensors import SafetensorError, safe_open

    device = map_location if isinstance(map_location, (str, torch.device)) else 'cpu'
    try:
        with safe_open(str(path), framework='pt', device=str(device)) as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dictionary)
            text = (file.metadata() or {}).get(_META)
    except SafetensorError as error:
        raise ValueError(f'no safetensors file, or a damaged one: {error}') from None
    return {'state_dict': weights, 'meta': {} if text is None else _decode(json.loads(text))}


def _encode(value: Any) -> Any:
    if isinstance(value, dict):  # keys may be numbers
        return {_DICT: [[_encode(key), _encode(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {_TUPLE: [_encode(item) for item in value]}
    if isinstance(value, list):
        return [_encode(item) for item in value]
    if isinstance(value, np.ndarray):
        return {_ARRAY: value.tolist(), 'dtype': str(value.dtype)}
    return value.item() if isinstance(value, np.generic) else value


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _DICT in value:
        return {_decode(key): _decode(item) for key, item in value[_DICT]}
    if _TUPLE in value:
        return tuple(_decode(item) for item in value[_TUPLE])
    return np.array(value[_ARRAY], value['dtype'])
