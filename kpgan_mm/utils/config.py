"""What the command-line tools do to a configuration before a Runner is built from it."""

import os
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.optim import AmpOptimWrapper, OptimWrapper

from kpgan_mm.utils.metainfo import load_metainfo

# Keys of a data set's or a model's configuration whose value is a path, beside whatever lies under `data_root`; and
# those whose value is a folder that is made when it is needed.
_PATH_KEYS = ('ann_file', 'file', 'files', 'root', 'checkpoint')
_MADE_KEYS = ('cache_dir',)

# Folders that options move, with all that lies under them, in both stages.
_ROOTS = ('data_root', 'discovered_root')

# Options with this prefix go to the regressor's pre-training, without it.
_REGRESSOR_PREFIX = 'regressor.'

# What SkeletonBottleneck and KeypointRegressor take where a configuration is silent.
_HEAD_DEFAULTS = dict(sigma=0.2, falloff='exponential', input_size=None)
_REGRESSOR_DEFAULTS = dict(type='kpgan_mm.KeypointRegressor', base_channels=32)

_PLAIN_WRAPPERS = ('OptimWrapper', 'mmengine.OptimWrapper', OptimWrapper)
_AMP_WRAPPERS = ('AmpOptimWrapper', 'mmengine.AmpOptimWrapper', AmpOptimWrapper)
_CPU_WRAPPERS = ('kpgan_mm.Bfloat16OptimWrapper',)


class ConfigError(ValueError):
    """A configuration or an option that cannot work; the message is one sentence for the user."""


class MissingDataError(ConfigError, FileNotFoundError):
    """Data that the configuration names are not there; the message is one sentence for the user."""


def load_config(path: str | Path, options: Mapping[str, Any] | None = None) -> Config:
    """Read a configuration and merge options into it.

    Args:
        path: The configuration file.
        options: As from `--cfg-options`; see `merge_options`.

    Returns:
        The configuration. Its key `regressor_pretraining`, if any, is an absolute path from here on, so that the
        configuration dumped into the work directory still finds the file.

    Raises:
        ConfigError: If the file does not exist, or names a pre-training configuration that does not.
    """
    path = Path(path)
    if not path.is_file():
        raise ConfigError(f'There is no configuration {path}.')
    cfg = Config.fromfile(path)
    merge_options(cfg, options)
    if cfg.get('regressor_pretraining'):
        pretraining = (path.resolve().parent / cfg.regressor_pretraining).resolve()
        if not pretraining.is_file():
            raise ConfigError(
                f'{path} says regressor_pretraining={cfg.regressor_pretraining!r}, and {pretraining} is not there.'
            )
        cfg.regressor_pretraining = str(pretraining)
    return cfg


def merge_options(cfg: Config, options: Mapping[str, Any] | None) -> None:
    """Merge `--cfg-options` into a configuration, in place.

    `data_root` moves the data: MMEngine does not evaluate a file again when one of its variables is replaced, so each
    string of the configuration that lies under the old `data_root` is moved here; likewise `discovered_root`, where a
    configuration has it, the folder of what another model has discovered. For the same reason `num_keypoints`,
    where a configuration has it, sets all entries of that name. Options that begin with `regressor.` are for the
    regressor's pre-training and left out.

    Args:
        cfg: The configuration.
        options: Values by dotted key.
    """
    options = {key: value for key, value in (options or {}).items() if not key.startswith(_REGRESSOR_PREFIX)}
    for key in _ROOTS:
        if isinstance(options.get(key), str):
            move_root(cfg, options[key], key)
    if 'num_keypoints' in options and 'num_keypoints' in cfg:
        set_num_keypoints(cfg, options['num_keypoints'])
    cfg.merge_from_dict(options)


def regressor_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Options for the regressor's pre-training: those prefixed `regressor.`, without the prefix, and the roots."""
    options = options or {}
    own = {key[len(_REGRESSOR_PREFIX) :]: value for key, value in options.items() if key.startswith(_REGRESSOR_PREFIX)}
    return {**{key: options[key] for key in _ROOTS if key in options}, **own}


def move_root(cfg: Config, root: str, key: str = 'data_root') -> None:
    """Move every string of the configuration that lies under its `data_root` to another one, in place.

    Args:
        cfg: The configuration; one without that key is left alone.
        root: The new folder.
        key: `data_root`, or another key whose value is a folder.
    """
    old = (cfg.get(key) or '').rstrip('/')
    if not old:
        return

    def move(text: str) -> str:
        if text.rstrip('/') == old:
            return root
        return os.path.join(root, text[len(old) + 1 :]) if text.startswith(old + '/') else text

    for key in list(cfg.keys()):
        cfg[key] = _map_strings(cfg[key], move)


def set_num_keypoints(cfg: Config, number: int) -> None:
    """Set the number of keypoints to be discovered wherever the configuration says it, in place.

    Args:
        cfg: A configuration with `num_keypoints`.
        number: K.

    Raises:
        ConfigError: If it is no integer of at least 2.
    """
    if type(number) is not int or number < 2:
        raise ConfigError(f'num_keypoints must be an integer of at least 2, got {number!r}.')

    def replace(value: Any) -> None:
        if isinstance(value, dict):
            if 'num_keypoints' in value:
                value['num_keypoints'] = number
            value = value.values()
        elif not isinstance(value, (list, tuple)):
            return
        for item in value:
            replace(item)

    for key in list(cfg.keys()):
        replace(cfg[key])
    cfg.num_keypoints = number


def check_data(cfg: Config, splits: tuple[str, ...]) -> None:
    """Look whether the files and folders that data sets, metrics and model name are there, before anything is built.

    Looked for are the strings in their configurations that lie under the top-level `data_root`, and the values
    of `ann_file` (under the data set's own `data_root`), `file`, `files`, `root` and `checkpoint`. The model's weights
    to start from count where 'train' is among the splits; a test takes all of them from its checkpoint.

    Args:
        cfg: The configuration. Its key `data_help`, a sentence that says what to do about it, ends the message.
        splits: Of 'train', 'val' and 'test', those that will be used.

    Raises:
        MissingDataError: If something is not there.
    """
    data_root = cfg.get('data_root') or ''
    explanation = f'. {cfg.data_help}' if cfg.get('data_help') else ''
    for split in splits:
        parts = {
            f'{split}_dataloader.dataset': (cfg.get(f'{split}_dataloader') or {}).get('dataset'),
            f'{split}_evaluator': cfg.get(f'{split}_evaluator'),
        }
        if split == 'train':
            parts['model'] = cfg.get('model')
        for where, path in chain.from_iterable(_paths(part, name, data_root) for name, part in parts.items()):
            if '://' not in path and '*' not in path and not os.path.exists(os.path.expanduser(path)):
                raise MissingDataError(
                    f'{path} is not there, where {where} of the configuration expects it '
                    f'(working directory {os.getcwd()}){explanation}'
                )


def use_amp(cfg: Config) -> None:
    """Switch every optimiser wrapper to automatic mixed precision, in place; without an accelerator to bfloat16.

    Args:
        cfg: A configuration with one optimiser, or with several of a constructor such as
            `kpgan_mm.MultiOptimWrapperConstructor` (name -> wrapper).

    Raises:
        ConfigError: If there is no optimiser, or a wrapper of another kind.
    """
    # MMEngine's wrapper refuses to run without an accelerator.
    accelerated = get_device() not in ('cpu', 'mps')
    wrapper = cfg.get('optim_wrapper') or {}
    wrappers = (
        {'optim_wrapper': wrapper}
        if 'optimizer' in wrapper
        else {
            f'optim_wrapper.{name}': sub
            for name, sub in wrapper.items()
            if isinstance(sub, dict) and 'optimizer' in sub
        }
    )
    if not wrappers:
        raise ConfigError('--amp: the configuration has no optim_wrapper with an optimizer.')
    for name, sub in wrappers.items():
        kind = sub.get('type', 'OptimWrapper')
        if kind in _PLAIN_WRAPPERS:
            sub['type'] = 'AmpOptimWrapper' if accelerated else 'kpgan_mm.Bfloat16OptimWrapper'
        elif kind not in (*_AMP_WRAPPERS, *_CPU_WRAPPERS):
            raise ConfigError(f'--amp replaces OptimWrapper by AmpOptimWrapper, and {name}.type is {kind!r}.')
        if sub['type'] in _AMP_WRAPPERS:
            sub.setdefault('loss_scale', 'dynamic')


def show_predictions(cfg: Config, args) -> None:
    """Apply `--show`, `--show-dir`, `--interval` and `--wait-time` to MMPose's visualisation hook, in place.

    Raises:
        ConfigError: If the configuration has no such hook.
    """
    if not args.show and args.show_dir is None:
        return
    if 'visualization' not in cfg.get('default_hooks', {}):
        raise ConfigError('--show and --show-dir need default_hooks.visualization=dict(type="PoseVisualizationHook").')
    hook = cfg.default_hooks.visualization
    hook.update(enable=True, show=args.show, out_dir=args.show_dir, interval=args.interval)
    if args.show:
        hook.wait_time = args.wait_time


def write_plain_checkpoints(cfg: Config) -> None:
    """Add `PlainCheckpointHook` to a configuration that lacks it, in place: what is saved here must load here."""
    hooks = list(cfg.get('custom_hooks') or [])
    kinds = [hook.get('type') for hook in hooks]
    if not any(str(getattr(kind, '__name__', kind)).endswith('PlainCheckpointHook') for kind in kinds):
        cfg.custom_hooks = [*hooks, dict(type='kpgan_mm.PlainCheckpointHook')]


def set_regressor(cfg: Config, checkpoint: str) -> None:
    """Have the head's regressor, and its judge if it has one, start from a pre-training's checkpoint, in place.

    Args:
        cfg: The configuration of a model whose head has a regressor.
        checkpoint: Path of the checkpoint.
    """
    pretrained = dict(type='Pretrained', checkpoint=checkpoint, prefix='head.regressor.')
    head = cfg.model.head
    head.regressor = {**(head.get('regressor') or {}), 'init_cfg': pretrained}
    if head.get('judge') is not None:
        head.judge = {**head.judge, 'init_cfg': dict(pretrained)}


def check_regressor(cfg: Config, stage: Config) -> None:
    """Look whether the head can use the regressor that a pre-training makes, before that is trained.

    MMEngine leaves out weights that do not fit, so that the head would start from random ones; and a regressor that was
    taught to read other drawings reads these wrongly.

    Args:
        cfg: The configuration of the main training.
        stage: That of the pre-training.

    Raises:
        ConfigError: If their heads differ in what is drawn or in the regressor's form, or the judge's form differs.
    """
    main, other = (config.model.get('head') or {} for config in (cfg, stage))
    for key, default in _HEAD_DEFAULTS.items():
        _compare(key, _plain_value(main.get(key, default)), _plain_value(other.get(key, default)))
    (joints, where), (other_joints, other_where) = _drawing(main), _drawing(other)
    if joints != other_joints:
        _compare('metainfo', where, other_where, differ=True)
    made = _form(other)
    for part in ('regressor', 'judge'):
        if part == 'judge' and main.get('judge') is None:
            continue
        wanted = _form(main, part)
        for key in sorted({*wanted, *made}):
            _compare(f'regressor.{key}', wanted.get(key), made.get(key), name=f'{part}.{key}')


def check_judge(cfg: Config) -> None:
    """Look whether the judge has weights to start from: a random one would choose the sides at random.

    Args:
        cfg: The configuration of a training that has no pre-training, and nothing to resume.

    Raises:
        ConfigError: If there is a judge, and none are named.
    """
    judge = (cfg.get('model') or {}).get('head', {}).get('judge')
    if judge is not None and not judge.get('init_cfg') and not cfg.get('load_from'):
        raise ConfigError(
            'model.head.judge is set, and nothing says where its weights come from: name a pre-training in '
            "regressor_pretraining, or model.head.judge.init_cfg=dict(type='Pretrained', checkpoint=..., "
            "prefix='head.regressor.')."
        )


def _compare(key: str, wanted: Any, made: Any, name: str | None = None, differ: bool = False) -> None:
    name = name or key
    if differ or wanted != made:
        raise ConfigError(
            f'model.head.{name} is {wanted!r}, and the regressor is pre-trained with {made!r}, so it would not fit: '
            f'give both stages the same, with --cfg-options model.head.{name}=... regressor.model.head.{key}=...'
        )


def _plain_value(value: Any) -> Any:
    return tuple(value) if isinstance(value, (list, tuple)) else value


def _form(head: Mapping[str, Any], part: str = 'regressor') -> dict[str, Any]:
    """What decides on the shapes of a head's regressor or judge."""
    form = {**_REGRESSOR_DEFAULTS, **(head.get(part) or {})}
    form.pop('init_cfg', None)
    form['type'] = str(getattr(form['type'], '__name__', form['type'])).rsplit('.', 1)[-1]
    return {key: _plain_value(value) for key, value in form.items()}


def _drawing(head: Mapping[str, Any]) -> tuple[Any, Any]:
    """Joints and links of a head, to be compared, and what to call them."""
    metainfo = head.get('metainfo')
    if not metainfo:
        return None, None
    try:
        content = load_metainfo(metainfo)
    except (FileNotFoundError, ValueError) as error:
        raise ConfigError(f'model.head.metainfo: {error}.') from None
    joints = [content['keypoint_info'][i]['name'] for i in sorted(content['keypoint_info'])]
    links = [tuple(content['skeleton_info'][i]['link']) for i in sorted(content.get('skeleton_info') or {})]
    name = metainfo.get('from_file') or f'{content.get("dataset_name")} ({len(joints)} joints, {len(links)} links)'
    return (joints, content.get('rendered_links') or links), name


def _map_strings(value: Any, function: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return function(value)
    if isinstance(value, dict):
        for key in list(value):
            value[key] = _map_strings(value[key], function)
        return value
    if type(value) in (list, tuple):
        return type(value)(_map_strings(item, function) for item in value)
    return value


def _paths(value: Any, where: str, data_root: str, key: str = '', folder: str = '') -> Iterator[tuple[str, str]]:
    """Yield (dotted key, path) for the files and folders that a data set's configuration names.

    Args:
        value: The configuration, or a part of it.
        where: Dotted key of that part.
        data_root: The top-level one.
        key: The last key on the way there.
        folder: The `data_root` of the data set that the part belongs to.
    """
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in _MADE_KEYS:
                yield from _paths(item, f'{where}.{name}', data_root, name, value.get('data_root') or '')
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from _paths(item, f'{where}.{i}', data_root, key, folder)
    elif isinstance(value, str) and value:
        below_root = bool(data_root) and (value + '/').startswith(data_root.rstrip('/') + '/')
        if key == 'ann_file' and not below_root:
            yield where, os.path.join(folder, value)  # as MMPose's data sets do
        elif key in _PATH_KEYS or below_root:
            yield where, value
