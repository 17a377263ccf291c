"""Import MMPose and MMPretrain where packages that they name, but hardly use, are missing.

MMPose 1.3.2 imports `mmdet`, `mmcv.ops` and `torchvision` at module level for four symbols, MMPretrain 1.2.0 imports
`torchvision.ops.boxes` for two functions, and MMEngine 0.10.7 looks for `pkg_resources`, which setuptools 82 dropped.
None of them is needed to train or run a pose estimator. While the libraries are imported, and only for what cannot be
imported, small modules stand in `sys.modules`; they are taken out again right afterwards, so that every other library
sees the truth. A placeholder that somebody really uses raises an ImportError that names the package to install.
Where the full stack is installed, nothing is put in. One line of MMPose's drawing is mended for NumPy >= 2.4.
"""

import contextlib
import functools
import importlib
import importlib.machinery
import importlib.metadata
import importlib.util
import sys
import threading
import types
import warnings
from collections.abc import Iterator

_MMPOSE = ('mmpose.models', 'mmpose.visualization', 'mmpose.apis')
_MMPRETRAIN = ('mmpretrain.models',)

# What must be there, by import name, and what to ask pip for. Found, not imported: this is the cheap check.
_REQUIRED = {
    'torch': 'torch',
    'numpy': 'numpy',
    'cv2': 'opencv-python (or opencv-python-headless)',
    'mmengine': 'mmengine (or onedl-mmengine)',
    'mmcv': 'mmcv (or mmcv-lite)',
    'mmpose': 'mmpose',
}

_lock = threading.RLock()
_imported: set[str] = set()


def ensure_mmpose() -> None:
    """Import `mmpose.models`, `mmpose.visualization` and `mmpose.apis`, with stand-ins for what is missing.

    Cheap after the first call.

    Raises:
        ImportError: If MMPose, or a package that it cannot do without, is not installed.
    """
    if _ensure('MMPose', _MMPOSE, _REQUIRED):
        _accept_radius_arrays()


def ensure_mmpretrain() -> None:
    """Import `mmpretrain.models` (backbones for the perceptual loss), with stand-ins for what is missing.

    Cheap after the first call.

    Raises:
        ImportError: If MMPretrain, or a package that it cannot do without, is not installed.
    """
    _ensure('MMPretrain', _MMPRETRAIN, {**_REQUIRED, 'mmpretrain': 'mmpretrain'})


@contextlib.contextmanager
def stand_ins() -> Iterator[tuple[str, ...]]:
    """Put stand-ins for the modules that cannot be imported into `sys.modules` for the time of the block.

    Yields:
        The names that were put in; empty where everything is installed.
    """
    with _lock:
        modules = _missing_modules()
        saved = {name: sys.modules.get(name) for name in modules}
        sys.modules.update(modules)
        try:
            yield tuple(modules)
        finally:
            for name, module in saved.items():
                if module is None:
                    sys.modules.pop(name, None)
                else:
                    sys.modules[name] = module


def _ensure(title: str, names: tuple[str, ...], required: dict[str, str]) -> bool:
    """Import what has not been imported yet; return whether there was anything to do."""
    if _imported.issuperset(names):
        return False
    absent = [package for name, package in required.items() if importlib.util.find_spec(name) is None]
    if absent:
        raise ImportError(
            f'kpgan_mm runs inside an {title} environment, and this one lacks {", ".join(absent)}; '
            'install what is missing with pip (versions that were tested together: requirements/ in the repository).'
        )
    with stand_ins(), warnings.catch_warnings():
        # MMCV says so on each import where its operators are not compiled; nothing here uses them.
        warnings.filterwarnings('ignore', message='Fail to import ``MultiScaleDeformableAttention``')
        for name in names:
            importlib.import_module(name)
    _imported.update(names)
    return True


def _accept_radius_arrays() -> None:
    """Let MMPose draw keypoints under NumPy >= 2.4, which refuses its `int(np.array([radius]))`."""
    import numpy as np
    from mmpose.visualization.opencv_backend_visualizer import OpencvBackendVisualizer

    if np.lib.NumpyVersion(np.__version__) < '2.4.0':
        return
    draw_circles = OpencvBackendVisualizer.draw_circles

    @functools.wraps(draw_circles)
    def draw(self, center, radius, *args, **kwargs):
        if self.backend == 'opencv':
            radius = np.asarray(radius).item()
        return draw_circles(self, center, radius, *args, **kwargs)

    OpencvBackendVisualizer.draw_circles = draw


def _missing_modules() -> dict[str, types.ModuleType]:
    """Stand-ins for what cannot be imported here, by module name."""
    modules: dict[str, types.ModuleType] = {}
    # Each is tried by importing it: a package may be found and still be broken, such as a torchvision built for
    # another torch, whose import raises RuntimeError, or an mmdet that refuses the version of MMCV.
    if not _importable('mmcv.ops'):
        package = 'mmcv with compiled operators (mmcv-lite has none)'
        modules['mmcv.ops'] = _module(
            'mmcv.ops', package, MultiScaleDeformableAttention=_placeholder('MultiScaleDeformableAttention', package)
        )
    if not _importable('mmdet.utils'):
        modules['mmdet'] = _module('mmdet', 'mmdet')
        modules['mmdet.utils'] = _module('mmdet.utils', 'mmdet', ConfigType=dict, reduce_mean=_reduce_mean)
    if not _importable('torchvision.transforms') or not _importable('torchvision.ops.boxes'):
        package = 'a torchvision that matches the installed torch'
        modules['torchvision'] = _module('torchvision', package)
        modules['torchvision.transforms'] = _module(
            'torchvision.transforms', package, ToPILImage=_placeholder('ToPILImage', package)
        )
        modules['torchvision.ops'] = _module('torchvision.ops', package)
        modules['torchvision.ops.boxes'] = _module('torchvision.ops.boxes', package)
    if _mmengine_lacks_pkg_resources():
        modules['pkg_resources'] = _module(
            'pkg_resources',
            'setuptools<82',
            DistributionNotFound=importlib.metadata.PackageNotFoundError,
            get_distribution=_Distribution,
        )
    for name, module in modules.items():
        parent, _, child = name.rpartition('.')
        if parent in modules:
            setattr(modules[parent], child, module)  # as the import system does, for `import a.b.c as c`
    return modules


def _importable(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:  # whatever a broken package raises on import, it cannot be used
        return False
    return True


def _mmengine_lacks_pkg_resources() -> bool:
    """Whether `get_installed_path`, which `mmpose.apis` calls on import, wants a `pkg_resources` that is not there."""
    from mmengine.utils import get_installed_path

    try:
        get_installed_path('mmpose')
    except ModuleNotFoundError as error:
        return error.name == 'pkg_resources'
    return False


def _module(name: str, package: str, **attributes) -> types.ModuleType:
    """Return an empty package with a real spec; a name that it does not hold raises an ImportError naming `package`."""
    module = types.ModuleType(name, f'Stands in for {name} while MMPose is imported.')
    module.__spec__ = importlib.machinery.ModuleSpec(name, loader=None, is_package=True)
    module.__path__ = []

    def __getattr__(attribute: str):
        if attribute.startswith('__'):
            raise AttributeError(f'module {name!r} has no attribute {attribute!r}')
        raise ImportError(f'{name}.{attribute} needs {package}, which is not installed or does not import here.')

    module.__dict__.update(attributes, __getattr__=__getattr__)
    return module


def _placeholder(name: str, package: str) -> type:
    """Return a class that can be named and subclassed, but not instantiated."""

    def __init__(self, *args, **kwargs):
        raise ImportError(f'{name} needs {package}, which is not installed or does not import here.')

    return type(name, (), {'__init__': __init__, '__doc__': f'Placeholder: {name} needs {package}.'})


def _reduce_mean(tensor):
    """Mean of a tensor over all processes: the real thing, since MMPose's RTMO head calls it in its loss."""
    from mmengine.dist import all_reduce, get_world_size

    if get_world_size() == 1:
        return tensor
    tensor = tensor.clone()
    all_reduce(tensor, op='mean')
    return tensor


class _Distribution:
    """The one thing that MMEngine 0.10.7 reads of a distribution on import: the folder that holds the package."""

    def __init__(self, name: str):
        self.location = str(importlib.metadata.distribution(name).locate_file(''))
