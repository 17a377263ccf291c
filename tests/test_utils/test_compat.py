"""Stand-ins: only for what is missing, gone afterwards, and loud when used."""

import importlib
import importlib.metadata
import importlib.util
import subprocess
import sys
import textwrap
import types

import numpy as np
import pytest
import torch

from kpgan_mm.utils import compat

NAMES = ('mmcv.ops', 'mmdet', 'mmdet.utils', 'torchvision', 'torchvision.transforms', 'torchvision.ops.boxes')


@pytest.fixture
def nothing_importable(monkeypatch):
    """As if neither operators nor detector nor torchvision could be imported, whatever this environment holds."""
    monkeypatch.setattr(compat, '_importable', lambda name: False)


class TestStandIns:
    def test_are_there_inside_and_gone_afterwards(self, nothing_importable):
        before = {name: sys.modules.get(name) for name in NAMES}
        with compat.stand_ins() as names:
            assert set(NAMES) <= set(names)
            assert importlib.util.find_spec('mmdet') is not None
            from mmcv.ops import MultiScaleDeformableAttention
            from mmdet.utils import ConfigType, reduce_mean
            from torchvision.transforms import ToPILImage
        assert {name: sys.modules.get(name) for name in NAMES} == before
        assert ConfigType is dict
        assert torch.equal(reduce_mean(torch.ones(2)), torch.ones(2))
        for placeholder, package in ((MultiScaleDeformableAttention, 'mmcv'), (ToPILImage, 'torchvision')):
            with pytest.raises(ImportError, match=package):
                placeholder(8)

    def test_other_names_raise_on_use_only(self, nothing_importable):
        with compat.stand_ins():
            import torchvision.ops.boxes as boxes
        with pytest.raises(ImportError, match='box_area needs a torchvision'):
            boxes.box_area(torch.zeros(1, 4))
        assert not hasattr(boxes, '__wrapped__')

    def test_missing_submodules_look_missing(self, nothing_importable):
        with compat.stand_ins(), pytest.raises(ImportError):
            importlib.import_module('mmdet.apis')

    def test_gone_after_an_error(self, nothing_importable):
        before = sys.modules.get('mmdet')
        with pytest.raises(RuntimeError), compat.stand_ins():
            raise RuntimeError
        assert sys.modules.get('mmdet') is before

    def test_the_real_package_is_left_alone(self, tmp_path, monkeypatch):
        for name, content in {
            'mmdet/__init__.py': '',
            'mmdet/utils.py': 'ConfigType = "real"\ndef reduce_mean(tensor):\n    return tensor\n',
            'torchvision/__init__.py': '',
            'torchvision/transforms.py': 'class ToPILImage: ...\n',
            'torchvision/ops/__init__.py': '',
            'torchvision/ops/boxes.py': '',
        }.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        monkeypatch.syspath_prepend(tmp_path)
        for name in [name for name in sys.modules if name.split('.')[0] in ('mmdet', 'torchvision')]:
            monkeypatch.delitem(sys.modules, name)
        with compat.stand_ins() as names:
            from mmdet.utils import ConfigType
        assert ConfigType == 'real'
        assert not {'mmdet', 'mmdet.utils', 'torchvision', 'torchvision.transforms'} & set(names)
        for name in [name for name in sys.modules if name.split('.')[0] in ('mmdet', 'torchvision')]:
            del sys.modules[name]

    def test_a_broken_package_counts_as_missing(self, tmp_path, monkeypatch):
        # So does a torchvision of another torch: RuntimeError: operator torchvision::nms does not exist.
        (tmp_path / 'broken_package.py').write_text('raise RuntimeError("operator does not exist")\n')
        monkeypatch.syspath_prepend(tmp_path)
        assert not compat._importable('broken_package')
        assert compat._importable('json')

    def test_reduce_mean_is_the_mean_over_processes(self, monkeypatch):
        def all_reduce(tensor, op):
            assert op == 'mean'
            tensor.copy_(tensor * 2)

        monkeypatch.setattr('mmengine.dist.get_world_size', lambda: 2)
        monkeypatch.setattr('mmengine.dist.all_reduce', all_reduce)
        tensor = torch.ones(2)
        assert torch.equal(compat._reduce_mean(tensor), torch.full((2,), 2.0))
        assert torch.equal(tensor, torch.ones(2))


class TestPkgResources:
    def test_stands_in_where_mmengine_looks_for_it(self, monkeypatch):
        def get_installed_path(package):
            raise ModuleNotFoundError("No module named 'pkg_resources'", name='pkg_resources')

        monkeypatch.setattr('mmengine.utils.get_installed_path', get_installed_path)
        monkeypatch.delitem(sys.modules, 'pkg_resources', raising=False)
        with compat.stand_ins() as names:
            assert 'pkg_resources' in names
            from pkg_resources import DistributionNotFound, get_distribution

            assert get_distribution('pytest').location == str(importlib.metadata.distribution('pytest').locate_file(''))
            with pytest.raises(DistributionNotFound):
                get_distribution('no_such_distribution')
        assert 'pkg_resources' not in sys.modules

    def test_not_where_mmengine_does_not(self, monkeypatch):
        monkeypatch.setattr('mmengine.utils.get_installed_path', lambda package: 'somewhere')
        with compat.stand_ins() as names:
            assert 'pkg_resources' not in names


class TestEnsure:
    def test_second_call_imports_nothing(self, monkeypatch):
        compat.ensure_mmpose()
        monkeypatch.setattr(compat.importlib, 'import_module', None)
        compat.ensure_mmpose()

    def test_mmpretrain_imports(self):
        compat.ensure_mmpretrain()
        from mmpretrain.models import VGG

        assert VGG(11, num_classes=2) is not None

    def test_registries_of_mmpose_resolve(self):
        from mmpose.registry import MODELS, VISUALIZERS

        assert MODELS.get('TopdownPoseEstimator') is not None
        assert VISUALIZERS.get('PoseLocalVisualizer') is not None

    def test_names_what_is_not_installed(self, monkeypatch):
        find_spec = importlib.util.find_spec
        monkeypatch.setattr(compat, '_imported', set())
        monkeypatch.setattr(
            compat.importlib.util, 'find_spec', lambda name: None if name in ('mmcv', 'mmpose') else find_spec(name)
        )
        with pytest.raises(ImportError, match=r'lacks mmcv \(or mmcv-lite\), mmpose; install'):
            compat.ensure_mmpose()

    def test_package_import_leaves_nothing_behind(self):
        # In a process of its own: this one has imported everything already.
        code = """
            import sys
            import kpgan_mm
            from kpgan_mm.utils.compat import _importable
            left = [n for n, m in sys.modules.items() if getattr(m, '__doc__', None) and 'Stands in for' in m.__doc__]
            assert left in ([], ['kpgan_mm.utils.compat']), left
            import mmpose.models, mmpose.visualization, mmpose.apis
        """
        subprocess.run([sys.executable, '-W', 'error::UserWarning', '-c', textwrap.dedent(code)], check=True)


def test_circles_are_drawn_whatever_numpy_makes_of_arrays(monkeypatch):
    from mmpose.visualization.opencv_backend_visualizer import OpencvBackendVisualizer

    # As NumPy >= 2.4 has it: an array of one element is no number.
    radii = []
    monkeypatch.setattr(OpencvBackendVisualizer, 'draw_circles', lambda self, center, radius: radii.append(radius))
    monkeypatch.setattr('numpy.__version__', '2.4.0')
    compat._accept_radius_arrays()
    visualizer = types.SimpleNamespace(backend='opencv')
    OpencvBackendVisualizer.draw_circles(visualizer, (1, 2), np.array([4]))
    assert radii == [4]
    visualizer.backend = 'matplotlib'
    OpencvBackendVisualizer.draw_circles(visualizer, (1, 2), np.array([4]))
    assert isinstance(radii[1], np.ndarray)


def test_modules_have_a_spec():
    module = compat._module('some.module', 'some package', value=1)
    assert isinstance(module, types.ModuleType)
    assert module.__spec__.name == 'some.module'
    assert module.value == 1
