"""Whether a checkpoint belongs to a model. MMEngine loads what fits and leaves the rest random, with a log line."""

import copy
from collections.abc import Mapping
from typing import Any

from mmengine.config import Config
from torch import Tensor, nn

from kpgan_mm.utils.config import ConfigError

# Where an estimator keeps what it predicts with.
PREDICTION_PREFIXES = ('backbone.', 'neck.', 'head.')

_WRAPPER_PREFIX = 'module.'


def weights_of(checkpoint: Any, filename: str) -> dict[str, Tensor]:
    """The tensors of a checkpoint by name, without the prefix of a distributed wrapper.

    Args:
        checkpoint: As loaded: with an entry `state_dict`, or the state dictionary itself.
        filename: What to call it.

    Raises:
        ConfigError: If it is nothing of that kind.
    """
    weights = checkpoint.get('state_dict', checkpoint) if isinstance(checkpoint, dict) else None
    if not isinstance(weights, dict):
        raise ConfigError(f'{filename} holds no weights: it is a {type(checkpoint).__name__}, and not a checkpoint.')
    return {
        str(name).removeprefix(_WRAPPER_PREFIX): value for name, value in weights.items() if isinstance(value, Tensor)
    }


def check_weights(
    model: nn.Module, weights: Mapping[str, Tensor], filename: str, prefixes: tuple[str, ...] = PREDICTION_PREFIXES
) -> None:
    """Look whether a checkpoint has all parameters of a model, or of parts of it.

    Buffers may be missing, and so may a head's loss, which predicts nothing.

    Args:
        model: The model, perhaps in a distributed wrapper.
        weights: From `weights_of`.
        filename: What to call the checkpoint.
        prefixes: Which parameters must be there; those that are trained, if `('',)`.

    Raises:
        ConfigError: If one is missing or has another shape.
    """
    model = getattr(model, 'module', model)
    everything = prefixes == ('',)
    parameters = {
        name: parameter
        for name, parameter in model.named_parameters()
        if name.startswith(prefixes)
        and not name.startswith('head.loss_module.')
        and (parameter.requires_grad or not everything)
    }
    misfits = [name for name, value in parameters.items() if name in weights and weights[name].shape != value.shape]
    absent = [name for name in parameters if name not in weights]
    if absent and not misfits:
        # Models may rename the weights of their older versions while they load: ask one that nobody uses.
        try:
            missing = copy.deepcopy(model).load_state_dict(weights, strict=False).missing_keys
        except RuntimeError as error:
            raise ConfigError(f'{filename} does not fit this configuration: {" ".join(str(error).split())}') from None
        absent = [name for name in missing if name in parameters]
    problems = len(misfits) + len(absent)
    if not problems:
        return
    if misfits:
        name = misfits[0]
        what = f'{name} has the shape {tuple(weights[name].shape)} there and {tuple(parameters[name].shape)} here'
    else:
        what = f'it has no {absent[0]}'
    raise ConfigError(
        f"{filename} does not fit this configuration's model: {what} ({problems} of {len(parameters)} parameters do "
        'not fit).'
    )


def check_resumable(checkpoint: Any, filename: str, cfg: Config) -> None:
    """Look whether a training can go on from a checkpoint.

    Args:
        checkpoint: As loaded.
        filename: What to call it.
        cfg: The configuration of the training.

    Raises:
        ConfigError: If it lacks what MMEngine reads, or was written with other optimisers.
    """
    content = checkpoint if isinstance(checkpoint, dict) else {}
    meta = content.get('meta') if isinstance(content.get('meta'), dict) else {}
    lacking = [key for key in ('state_dict', 'message_hub') if not isinstance(content.get(key), dict)]
    lacking += [f'meta.{key}' for key in ('epoch', 'iter') if not isinstance(meta.get(key), int)]
    if lacking:
        raise ConfigError(
            f'{filename} holds no training to resume (no {", ".join(lacking)}): to start from its weights, pass '
            f'--cfg-options load_from={filename} without --resume.'
        )
    if 'optimizer' not in content or not cfg.get('optim_wrapper'):
        return
    saved, wanted = _optimizers(content['optimizer'], 'param_groups'), _optimizers(cfg.optim_wrapper, 'optimizer')
    if saved != wanted:
        raise ConfigError(
            f'{filename} cannot be resumed with this configuration: it was written with {_listed(saved)}, and '
            f'optim_wrapper has {_listed(wanted)}.'
        )


def _optimizers(entries: Any, mark: str) -> set[str] | None:
    """Names of several optimisers; None for a single one, which has none and is known by an entry `mark`."""
    if not isinstance(entries, dict) or mark in entries:
        return None
    return {name for name, entry in entries.items() if isinstance(entry, dict) and mark in entry}


def _listed(names: set[str] | None) -> str:
    return 'one optimizer' if names is None else f'the optimizers {", ".join(sorted(names)) or "(none)"}'
