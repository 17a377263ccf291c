"""Checks values of configurations as the registries would: each `type` exists, and takes the arguments beside it."""

import inspect
from collections.abc import Iterator

import mmpose.registry
from mmengine.registry import DefaultScope

import kpgan_mm.registry
from kpgan_mm.utils.compat import ensure_mmpretrain

# Keys that builders take out before a class sees them (`modules` by the constructor of several optimisers), or that a
# configuration merges by.
_NOT_ARGUMENTS = {'type', '_delete_', '_scope_', 'modules'}


def _registries() -> Iterator:
    for module in (kpgan_mm.registry, mmpose.registry):
        yield from (value for value in vars(module).values() if isinstance(value, kpgan_mm.registry.Registry))


def resolve_type(name):
    """The class or function that a configuration names.

    Args:
        name: Such as 'kpgan_mm.KeypointGAN' or 'ResNet'; anything that is no string is taken as it is.

    Raises:
        AssertionError: If no registry knows it.
    """
    if not isinstance(name, str):
        return name
    if name.startswith('mmpretrain.'):
        ensure_mmpretrain()
    with DefaultScope.overwrite_default_scope('mmpose'):
        for registry in _registries():
            try:
                found = registry.get(name)
            except ImportError:  # another library's room of that kind wants a package that nothing here needs
                continue
            if found is not None:
                return found
    raise AssertionError(f'no registry knows {name!r}')


def accepted_names(kind) -> set[str] | None:
    """Names of the arguments of a class, those that it hands on to its bases included; None if any is taken."""
    names = set()
    for base in inspect.getmro(kind) if inspect.isclass(kind) else (kind,):
        function = vars(base).get('__init__') if inspect.isclass(base) else base
        if function is None or function is object.__init__:
            continue
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):
            return None
        names |= {one.name for one in parameters}
        if not any(one.kind is one.VAR_KEYWORD for one in parameters):
            return names
    return names if not inspect.isclass(kind) or names else None


def check_values(value, where: str = '') -> None:
    """Checks all parts of a configuration.

    Args:
        value: Of any type; dictionaries and lists are walked through.
        where: Its place, for messages.

    Raises:
        AssertionError: If a `type` is unknown or does not take an argument.
    """
    if isinstance(value, dict):
        if isinstance(value.get('type'), str) and 'link' not in value and 'name' not in value:
            names = accepted_names(resolve_type(value['type']))
            if names is not None:
                unknown = sorted(map(str, set(value) - names - _NOT_ARGUMENTS))
                assert not unknown, f'{where}: {value["type"]} has no argument {", ".join(unknown)}'
        for key, part in value.items():
            check_values(part, f'{where}.{key}'.lstrip('.'))
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            check_values(part, f'{where}.{number}')
