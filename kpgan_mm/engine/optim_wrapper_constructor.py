"""Several optimisers for one model, each for some of its modules."""

import copy

from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.registry import OPTIMIZERS
from torch import nn

from kpgan_mm.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class MultiOptimWrapperConstructor:
    """Build an ``OptimWrapperDict`` from one entry an optimiser.

    A parameter goes to the most specific module that is listed: ``head.regressor`` takes its parameters from ``head``.

    Example::

        optim_wrapper = dict(
            constructor='kpgan_mm.MultiOptimWrapperConstructor',
            generator=dict(modules=['backbone', 'generator'], optimizer=dict(type='Adam', lr=2e-4)),
            discriminator=dict(modules=['discriminator'], optimizer=dict(type='Adam', lr=2e-4)))

    Args:
        optim_wrapper_cfg (dict): name to ``dict(modules=[...], optimizer=..., type='OptimWrapper', clip_grad=...)``. An
            entry that is None is left out: ``optim_wrapper.regressor=None`` takes away what a base config gives.
        paramwise_cfg (dict, optional): not supported, part of MMEngine's contract.

    Raises:
        ValueError: if an entry accumulates gradients, a listed module does not exist, an entry has nothing to train,
            two entries list the same module, or a trainable parameter belongs to no entry.
    """

    def __init__(self, optim_wrapper_cfg: dict, paramwise_cfg: dict | None = None) -> None:
        if paramwise_cfg:
            raise ValueError('MultiOptimWrapperConstructor takes no paramwise_cfg: give modules an entry of their own')
        self.entries = {name: copy.deepcopy(cfg) for name, cfg in optim_wrapper_cfg.items() if cfg is not None}
        for name, entry in self.entries.items():
            if entry.get('accumulative_counts', 1) > 1:
                raise ValueError(
                    f'optim_wrapper.{name}.accumulative_counts must be 1: gradients between updates are in no '
                    'checkpoint, so that a resumed run would lose them'
                )

    def __call__(self, model: nn.Module) -> OptimWrapperDict:
        """Give every trainable parameter of the model to its optimiser."""
        model = getattr(model, 'module', model)
        owner: dict[str, str] = {}
        for name, entry in self.entries.items():
            for module in entry.pop('modules'):
                try:
                    model.get_submodule(module)
                except AttributeError:
                    raise ValueError(
                        f'optim_wrapper.{name}.modules lists "{module}", which the model does not have'
                    ) from None
                if module in owner:
                    raise ValueError(f'optim_wrapper.{owner[module]} and optim_wrapper.{name} both list "{module}"')
                owner[module] = name

        parameters: dict[str, list] = {name: [] for name in self.entries}
        homeless = []
        for path, parameter in model.named_parameters():
            if not parameter.requires_grad:
                continue
            listed = [module for module in owner if path.startswith(f'{module}.')]
            if listed:
                parameters[owner[max(listed, key=len)]].append(parameter)
            else:
                homeless.append(path)
        if homeless:
            raise ValueError(f'no entry of optim_wrapper trains {", ".join(homeless)}: list its module or freeze it')

        wrappers: dict[str, OptimWrapper] = {}
        for name, entry in self.entries.items():
            if not parameters[name]:
                raise ValueError(f'optim_wrapper.{name} has nothing to train: remove it or list trainable modules')
            optimizer = OPTIMIZERS.build({**entry.pop('optimizer'), 'params': parameters[name]})
            wrappers[name] = OPTIM_WRAPPERS.build({'type': 'OptimWrapper', **entry, 'optimizer': optimizer})
        return OptimWrapperDict(**wrappers)
