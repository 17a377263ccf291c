"""Checkpoints are data: written in plain types, read without running anything that they might bring along.

`to_plain` turns what MMEngine's Runner saves (NumPy arrays of the metainfo, history buffers of the message hub, NumPy
scalars, dictionary subclasses) into dictionaries, lists, tuples, strings, numbers and tensors, and `from_plain` turns
it back. `register_plain_loaders` makes each of MMEngine's checkpoint loaders (files, URLs, model zoos) read with
`torch.load(..., weights_only=True)` and nothing else: no allow-list, no second attempt. What does not load that way is
refused with one sentence, unless the caller said that the source is trusted. Configurations kept as text are taken out
of where MMEngine would run them.
"""

import io
import os
import pickle
import re
import struct
import urllib.error
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from mmengine.dist import barrier, get_dist_info
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader
from mmengine.runner import checkpoint as mmengine_checkpoint

from kpgan_mm.utils.safetensors_files import read_safetensors

# Under this key `to_plain` notes which entries were something else before.
_NOTES = 'plain_types'

# What reading a damaged file, or one of another kind, has been seen to raise.
_DAMAGES = (
    *(OSError, EOFError, RuntimeError, AttributeError, IndexError, KeyError, ValueError),
    *(TypeError, OverflowError, ImportError, AssertionError, struct.error),
)

_trusted = False


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be read or written; the message is one sentence for the user."""


class MissingCheckpointError(CheckpointError, FileNotFoundError):
    """There is no such file; the message is one sentence for the user."""


class UntrustedCheckpointError(CheckpointError):
    """A checkpoint that holds more than plain data, so that loading it could run code."""


class trust_checkpoints:  # noqa: N801  (called like a function, used like a context manager)
    """Allow, or forbid again, checkpoints that can run code while they are loaded.

    Meant for old checkpoints of a known source. Holds from the call on, for the whole process; as a context manager, to
    the end of the block.

    Args:
        trusted: Whether the checkpoints loaded from here on come from a source that may run code on this machine.

    Example:
        >>> with trust_checkpoints():
        ...     model = init_model('config.py', 'old_checkpoint.pth')
    """

    def __init__(self, trusted: bool = True):
        global _trusted
        self._previous, _trusted = _trusted, trusted

    def __enter__(self) -> None:
        """Nothing to do: it holds since the call."""

    def __exit__(self, *exc_info) -> None:
        """Put back what held before."""
        global _trusted
        _trusted = self._previous


# ---------------------------------------------------------------------------------------------------------- plain types


def to_plain(checkpoint: dict) -> dict:
    """Rewrite a checkpoint in plain types.

    Tensors are kept as they are, arrays become tensors, history buffers dictionaries of tensors, NumPy scalars Python
    numbers, and subclasses of dict (save OrderedDict), list and tuple their plain forms. An entry `plain_types` notes
    where the arrays and buffers were, for `from_plain`.

    Args:
        checkpoint: What is about to be saved; not changed.

    Returns:
        A new dictionary, sharing the tensors.

    Raises:
        CheckpointError: If something in it has no plain form.
    """
    arrays: list[tuple] = []
    buffers: list[tuple] = []
    plain = {key: _plain(value, (key,), arrays, buffers) for key, value in checkpoint.items() if key != _NOTES}
    plain[_NOTES] = {'arrays': arrays, 'history_buffers': buffers}
    return plain


def from_plain(checkpoint: Any) -> Any:
    """Put arrays and history buffers back where `to_plain` found them.

    Args:
        checkpoint: What was loaded; changed in place. Anything without the entry `plain_types` is returned as it is.

    Returns:
        The checkpoint, as it was before `to_plain`.

    Raises:
        CheckpointError: If the notes do not fit the checkpoint.
    """
    if not isinstance(checkpoint, dict) or _NOTES not in checkpoint:
        return checkpoint
    notes = checkpoint.pop(_NOTES)
    try:
        for path in notes['arrays']:
            _replace(checkpoint, path, _array)
        for path in notes['history_buffers']:
            _replace(checkpoint, path, _buffer)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f'The checkpoint is damaged: its entry {_NOTES!r} does not fit the rest ({error!r}).'
        ) from None
    return checkpoint


def _plain(value: Any, path: tuple, arrays: list[tuple], buffers: list[tuple]) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, torch.Tensor):
        return value.detach()
    if isinstance(value, np.ndarray):
        if value.dtype.kind in 'biufc':
            arrays.append(path)
            return torch.from_numpy(np.array(value, order='C'))
        value = value.tolist()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, HistoryBuffer):
        buffers.append(path)
        history, counts = value.data
        return {
            'log_history': torch.from_numpy(np.array(history)),
            'count_history': torch.from_numpy(np.array(counts)),
            'max_length': value.max_length,
        }
    if isinstance(value, dict):
        plain = OrderedDict() if isinstance(value, OrderedDict) else {}
        for key, item in value.items():
            key = _plain_key(key, path)
            plain[key] = _plain(item, (*path, key), arrays, buffers)
        if hasattr(value, '_metadata'):  # the versions of the modules, which a state_dict carries as an attribute
            plain._metadata = _plain(value._metadata, (*path, '_metadata'), [], [])
        return plain
    if isinstance(value, tuple):
        return tuple(_plain(item, (*path, i), arrays, buffers) for i, item in enumerate(value))
    if isinstance(value, (list, deque, set, frozenset)):
        return [_plain(item, (*path, i), arrays, buffers) for i, item in enumerate(value)]
    for kind in (bool, int, float, str):  # subclasses of these, and what .item() and .tolist() gave
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise CheckpointError(
        f'{_where(path)} of the checkpoint is a {type(value).__module__}.{type(value).__qualname__}, which has no '
        'plain form: let the hook or model that puts it there save tensors, numbers, strings, lists and dictionaries.'
    )


def _plain_key(key: Any, path: tuple) -> Any:
    if isinstance(key, np.generic):
        key = key.item()
    if key is None or isinstance(key, (bool, int, float, str)):
        return key
    raise CheckpointError(
        f'{_where(path)} of the checkpoint has the key {key!r}: only strings and numbers can be saved.'
    )


def _where(path: tuple) -> str:
    return 'Entry ' + ''.join(f'[{key!r}]' for key in path)


def _replace(container: Any, path: tuple, make: Callable[[Any], Any]) -> Any:
    """Return `container` with the entry at `path` remade; changed in place, but for tuples."""
    if not path:
        return make(container)
    key, *rest = path
    new = _replace(container[key], rest, make)
    if isinstance(container, tuple):
        return (*container[:key], new, *container[key + 1 :])
    container[key] = new
    return container


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.cpu().numpy()


def _buffer(entry: dict) -> HistoryBuffer:
    return HistoryBuffer(_array(entry['log_history']), _array(entry['count_history']), entry['max_length'])


# -------------------------------------------------------------------------------------------------------------- loading


def register_plain_loaders() -> None:
    """Replace every loader that MMEngine knows by one that reads plain data only.

    All of them, since a single one left over would be a way around: MMEngine 0.10.7 leaves it to `torch.load` and
    torch.hub what is safe, and its fork tries the safe way first and then the unsafe one.
    """
    for prefixes, loader in (
        ('', load_from_local),
        (('http://', 'https://'), load_from_http),
        ('pavi://', load_from_pavi),
        ((r'(\S+\:)?s3://', r'(\S+\:)?petrel://'), load_from_storage),
        (('modelzoo://', 'torchvision://'), load_from_torchvision),
        (('open-mmlab://', 'openmmlab://'), load_from_openmmlab),
        ('mmcls://', load_from_mmcls),
    ):
        CheckpointLoader.register_scheme(prefixes, loader, force=True)


def load_from_local(filename: str, map_location=None) -> Any:
    """Load a checkpoint file, of PyTorch or in the safetensors format.

    Args:
        filename: Path of the file; `~` is expanded.
        map_location: As for `torch.load`.

    Returns:
        What was saved, with arrays and history buffers put back.

    Raises:
        MissingCheckpointError: If there is no such file.
        UntrustedCheckpointError: If it holds more than plain data, and `trust_checkpoints` was not called.
        CheckpointError: If it is not a checkpoint, or a damaged one.
    """
    path = os.path.expanduser(filename)
    if not os.path.isfile(path):
        raise MissingCheckpointError(f'There is no checkpoint {filename}.')
    if path.endswith('.safetensors'):
        return _read(filename, lambda weights_only: read_safetensors(path, map_location))
    return _read(filename, lambda weights_only: torch.load(path, map_location=map_location, weights_only=weights_only))


def load_from_http(filename: str, map_location=None) -> Any:
    """Load a checkpoint from a URL through torch.hub's cache; the first process downloads, the others wait.

    See `load_from_local` for the rest.
    """

    def load(weights_only: bool) -> Any:
        return torch.hub.load_state_dict_from_url(
            filename, map_location=map_location, progress=os.isatty(0), weights_only=weights_only
        )

    rank, _ = get_dist_info()
    try:
        if rank == 0:
            checkpoint = _read(filename, load)
    finally:  # the others must not wait for ever where this one fails
        barrier()
    if rank > 0:
        checkpoint = _read(filename, load)
    return checkpoint


def load_from_storage(filename: str, map_location=None) -> Any:
    """Load a checkpoint from an object store, by MMEngine's file backend. See `load_from_local` for the rest."""
    backend = mmengine_checkpoint.get_file_backend(filename, backend_args={'backend': 'petrel'})
    content = backend.get(filename)
    return _read(
        filename,
        lambda weights_only: torch.load(io.BytesIO(content), map_location=map_location, weights_only=weights_only),
    )


def load_from_pavi(filename: str, map_location=None) -> Any:
    """Refuse: the store behind this prefix can only be read by its own client, which nobody can check here.

    Raises:
        CheckpointError: Always.
    """
    raise CheckpointError(
        f'{filename} cannot be loaded from here: download it with the pavi client, and give the file.'
    )


def load_from_torchvision(filename: str, map_location=None) -> Any:
    """Load a checkpoint of torchvision by the name of its model. See `load_from_local` for the rest."""
    name = filename.split('://', 1)[1]
    return load_from_http(_look_up(filename, name, mmengine_checkpoint.get_torchvision_models()), map_location)


def load_from_openmmlab(filename: str, map_location=None) -> Any:
    """Load a checkpoint of OpenMMLab's first model zoo by name. See `load_from_local` for the rest."""
    name = filename.split('://', 1)[1]
    name = mmengine_checkpoint.get_deprecated_model_names().get(name, name)
    address = _look_up(filename, name, mmengine_checkpoint.get_external_models())
    if address.startswith(('http://', 'https://')):
        return load_from_http(address, map_location)
    return load_from_local(os.path.join(mmengine_checkpoint._get_mmengine_home(), address), map_location)


def load_from_mmcls(filename: str, map_location=None) -> Any:
    """Load a backbone of MMClassification's model zoo by name. See `load_from_local` for the rest."""
    name = filename.split('://', 1)[1]
    checkpoint = load_from_http(_look_up(filename, name, mmengine_checkpoint.get_mmcls_models()), map_location)
    return mmengine_checkpoint._process_mmcls_checkpoint(checkpoint)


def _look_up(filename: str, name: str, addresses: dict[str, str]) -> str:
    if name not in addresses:
        raise CheckpointError(f'{filename} names no known model.')
    return addresses[name]


def _without_programs(checkpoint: Any) -> Any:
    """Take out the configurations' texts, in place.

    MMEngine runs them as Python: `Runner.resume` does so with `meta.config`, inferencers that were given weights and no
    configuration with `message_hub.runtime_info.cfg` or `meta.cfg`. The last is kept as `meta.cfg_text`, which nothing
    runs, to be read and compared.
    """
    if not isinstance(checkpoint, dict):
        return checkpoint
    meta = checkpoint.get('meta')
    if isinstance(meta, dict):
        meta.pop('config', None)
        if 'cfg' in meta:
            meta['cfg_text'] = meta.pop('cfg')
    hub = checkpoint.get('message_hub')
    info = hub.get('runtime_info') if isinstance(hub, dict) else None
    if isinstance(info, dict):
        info.pop('cfg', None)
    return checkpoint


def _unsafe_content(error: pickle.UnpicklingError) -> str | None:
    """What PyTorch's unpickler found that is more than data; None if the file is just damaged, or no checkpoint."""
    text = str(error)
    found = re.search(r'GLOBAL ([\w.]+)', text) or re.search(r"<class '([\w.]+)'>", text)
    if found is not None:
        return found[1]
    operand = re.search(r'Unsupported operand (\d+)', text)
    # The instructions that protocols 4 and 5 added, none of them a letter, as in a text.
    if operand is not None and 0x8C <= int(operand[1]) <= 0x98:
        return 'a pickle of protocol 4 or later, which cannot be checked'
    return 'a call' if 'Trying to call' in text else None


def _read(filename: str, load: Callable[[bool], Any]) -> Any:
    """Call `load(weights_only)` and turn what goes wrong into one sentence."""
    try:
        checkpoint = from_plain(load(not _trusted))
        return checkpoint if _trusted else _without_programs(checkpoint)
    except CheckpointError as error:
        raise CheckpointError(f'{filename}: {error}') from None
    except pickle.UnpicklingError as error:
        found = _unsafe_content(error)
        if found is None:
            raise CheckpointError(f'{filename} is not a checkpoint, or a damaged one.') from None
        raise UntrustedCheckpointError(
            f'{filename} was not loaded, because it holds more than plain data ({found}) and could run code: '
            'if you trust its source, pass --trust-checkpoint '
            '(in Python: kpgan_mm.utils.checkpoint.trust_checkpoints()).'
        ) from None
    except urllib.error.URLError as error:
        raise CheckpointError(f'{filename} could not be fetched: {error.reason}.') from None
    except _DAMAGES as error:
        # torch's own explanations run over several sentences and propose to load without any check.
        reason = re.split(r'\n|\. ', str(error).strip())[0]
        raise CheckpointError(
            f'{filename} is not a checkpoint, or a damaged one ({type(error).__name__}: {reason}).'
        ) from None
