"""Registries of kpgan_mm, scope ``kpgan_mm``.

Each is a child of MMEngine's root registry, not of MMPose's: a direct child of the root is visible from every scope, so
``type='kpgan_mm.X'`` resolves in MMPose, MMDetection and plain MMEngine configs alike. Configs keep
``default_scope = 'mmpose'``: bare names are MMPose's, prefixed names are ours.
"""

from mmengine.registry import DATA_SAMPLERS as MMENGINE_DATA_SAMPLERS
from mmengine.registry import DATASETS as MMENGINE_DATASETS
from mmengine.registry import HOOKS as MMENGINE_HOOKS
from mmengine.registry import LOOPS as MMENGINE_LOOPS
from mmengine.registry import METRICS as MMENGINE_METRICS
from mmengine.registry import MODEL_WRAPPERS as MMENGINE_MODEL_WRAPPERS
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import OPTIM_WRAPPER_CONSTRUCTORS as MMENGINE_OPTIM_WRAPPER_CONSTRUCTORS
from mmengine.registry import OPTIM_WRAPPERS as MMENGINE_OPTIM_WRAPPERS
from mmengine.registry import OPTIMIZERS as MMENGINE_OPTIMIZERS
from mmengine.registry import TASK_UTILS as MMENGINE_TASK_UTILS
from mmengine.registry import TRANSFORMS as MMENGINE_TRANSFORMS
from mmengine.registry import Registry


def _child(parent: Registry, *locations: str) -> Registry:
    return Registry(parent.name, parent=parent, scope='kpgan_mm', locations=list(locations))


MODELS = _child(MMENGINE_MODELS, 'kpgan_mm.models')
MODEL_WRAPPERS = _child(MMENGINE_MODEL_WRAPPERS, 'kpgan_mm.engine')
DATASETS = _child(MMENGINE_DATASETS, 'kpgan_mm.datasets')
DATA_SAMPLERS = _child(MMENGINE_DATA_SAMPLERS, 'kpgan_mm.datasets')
TRANSFORMS = _child(MMENGINE_TRANSFORMS, 'kpgan_mm.datasets')
TASK_UTILS = _child(MMENGINE_TASK_UTILS, 'kpgan_mm.datasets')
METRICS = _child(MMENGINE_METRICS, 'kpgan_mm.evaluation')
HOOKS = _child(MMENGINE_HOOKS, 'kpgan_mm.engine')
LOOPS = _child(MMENGINE_LOOPS, 'kpgan_mm.engine')
OPTIM_WRAPPER_CONSTRUCTORS = _child(MMENGINE_OPTIM_WRAPPER_CONSTRUCTORS, 'kpgan_mm.engine')
OPTIM_WRAPPERS = _child(MMENGINE_OPTIM_WRAPPERS, 'kpgan_mm.engine')
OPTIMIZERS = _child(MMENGINE_OPTIMIZERS, 'kpgan_mm.engine')
