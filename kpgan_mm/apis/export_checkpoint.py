"""Checkpoints to give away: what prediction needs and nothing else, named after their content."""

import hashlib
from pathlib import Path

import torch

from kpgan_mm.utils.checkpoint import load_from_local, to_plain
from kpgan_mm.utils.config import ConfigError
from kpgan_mm.utils.safetensors_files import write_safetensors
from kpgan_mm.utils.weights import PREDICTION_PREFIXES, weights_of

# What MMPose reads of a checkpoint, where it came from, and the text of its configuration, which nothing runs.
META_KEYS = ('dataset_meta', 'experiment_name', 'iter', 'epoch', 'mmengine_version', 'time', 'cfg_text')


def strip_checkpoint(checkpoint: dict, everything: bool = False) -> dict:
    """The part of a checkpoint that is given away.

    Of a training with MMEngine's ``EMAHook`` these are the averaged weights, since the hook saves them as the
    checkpoint's ``state_dict`` and the others beside it.

    Args:
        checkpoint (dict): as :func:`kpgan_mm.utils.checkpoint.load_from_local` gives it.
        everything (bool): keep all weights, for redrawing, and drop the state of the training only.

    Returns:
        dict: ``meta`` and ``state_dict``.

    Raises:
        ConfigError: if it holds no weights of a backbone and a head.
    """
    weights = weights_of(checkpoint, 'the checkpoint')
    missing = [prefix for prefix in ('backbone.', 'head.') if not any(name.startswith(prefix) for name in weights)]
    if missing:
        raise ConfigError(f'it has no weights called {" or ".join(missing)}: not a checkpoint of a pose estimator')
    kept = {name: value for name, value in weights.items() if everything or name.startswith(PREDICTION_PREFIXES)}
    meta = {key: value for key, value in checkpoint.get('meta', {}).items() if key in META_KEYS}
    return {'meta': meta, 'state_dict': kept}


def write_checkpoint(content: dict, out: Path) -> Path:
    """Write what :func:`strip_checkpoint` left as ``<out>-<first 8 digits of its SHA-256>`` with out's suffix.

    Args:
        content (dict): ``meta`` and ``state_dict``.
        out (Path): the file without the digits; ``.safetensors`` for that format, else ``.pth``.

    Returns:
        Path: the file.

    Raises:
        MissingPackageError: if the package for safetensors is missing.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    unnamed = out.with_name(f'{out.stem}.unnamed')
    suffix = out.suffix if out.suffix == '.safetensors' else '.pth'
    if suffix == '.safetensors':
        write_safetensors(content, unnamed)
    else:
        torch.save(to_plain(content), unnamed)
    digest = hashlib.sha256(unnamed.read_bytes()).hexdigest()
    return unnamed.replace(out.with_name(f'{out.stem}-{digest[:8]}{suffix}'))


def publish(source: str | Path, out: str | Path, everything: bool = False) -> Path:
    """Strip a checkpoint to what prediction needs, and name it after its content.

    Args:
        source (str | Path): checkpoint of a training.
        out (str | Path): file to write, ``.pth`` or ``.safetensors``; the first digits of its SHA-256 are added to the
            name.
        everything (bool): keep generator and discriminator as well.

    Returns:
        Path: the file.

    Raises:
        kpgan_mm.utils.checkpoint.CheckpointError: if the checkpoint is missing, damaged, or more than data.
        ConfigError: if it holds no weights of a backbone and a head.
        MissingPackageError: if the package for safetensors is missing.
    """
    return write_checkpoint(strip_checkpoint(load_from_local(str(source), map_location='cpu'), everything), Path(out))
