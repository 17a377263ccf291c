"""Every configuration of the repository: it loads, its parts build, and its two stages fit together."""

import inspect
import os
import shutil
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.optim import build_optim_wrapper
from mmengine.registry import HOOKS, MODELS, VISUALIZERS, init_default_scope
from torch.utils.data import DataLoader

from kpgan_mm.utils.config import load_config, regressor_options
from kpgan_mm.utils.metainfo import discovered_metainfo, load_metainfo
from tests.h36m_tree import make_tree
from tests.toys import ROOT, load_tool

CONFIGS = sorted((ROOT / 'configs').glob('*.py'))
# Read once: that takes longer than most tests.
DISCOVERED_ROOTS = {Config.fromfile(path).get('discovered_root') for path in CONFIGS} - {None}
TWO_STAGES = [path for path in CONFIGS if 'regressor_pretraining' in Config.fromfile(path)]


@pytest.fixture(autouse=True)
def discovered(tmp_path, monkeypatch):
    """An empty current folder but for the skeleton that configurations with `discovered_root` expect there."""
    monkeypatch.chdir(tmp_path)
    for root in DISCOVERED_ROOTS:
        Path(root).mkdir(parents=True)
        Path(root, 'skeleton.py').write_text(f'dataset_info = {discovered_metainfo(3, [(0, 1), (1, 2)])}')


def by_name(path: Path) -> str:
    return path.stem


def read(path: Path) -> Config:
    """As the tools do, from any folder."""
    cfg = load_config(path)
    init_default_scope(cfg.default_scope)
    return cfg


def test_there_are_the_promised_ones():
    assert {path.stem for path in CONFIGS} >= {
        'kpgan_h36m', 'kpgan_puppets', 'kpgan_puppets_demo', 'kpgan_weizmann', 'kpgan_mouse', 'supervised_puppets',
        'mix_kpgan_resnet_puppets', 'mix_resnet_bottleneck_puppets',
    }  # fmt: skip
    assert {path.stem for path in TWO_STAGES} >= {'kpgan_h36m', 'kpgan_puppets', 'kpgan_weizmann', 'kpgan_mouse'}


@pytest.mark.parametrize('path', CONFIGS, ids=by_name)
def test_parts_build(path):
    cfg = read(path)
    model = MODELS.build(cfg.model)
    cfg.optim_wrapper.setdefault('constructor', 'DefaultOptimWrapperConstructor')
    # Raises if a parameter belongs to no optimiser, or an optimiser to no parameter.
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert trained and not any(name.startswith('reconstruction_loss.') for name in trained)
    if 'optimizer' not in cfg.optim_wrapper:
        assert list(wrapper.keys()) == [key for key in cfg.optim_wrapper if key != 'constructor']
    VISUALIZERS.build(cfg.visualizer)
    for hook in [*cfg.default_hooks.values(), *cfg.custom_hooks]:
        HOOKS.build(hook)
    assert any(hook.type == 'kpgan_mm.PlainCheckpointHook' for hook in cfg.custom_hooks)
    for split in ('train', 'val', 'test'):
        loader = cfg[f'{split}_dataloader']
        assert set(loader) <= {*inspect.signature(DataLoader).parameters, '_delete_'}
        pipeline = loader.dataset.get('pipeline') or []
        assert len(Compose(pipeline).transforms) == len(pipeline)
        # Both come from one place, and the model is built for the size that the data have.
        chosen = (cfg.model.get('test_cfg') or {}).get('output_keypoint_indices')
        if chosen and split != 'train':
            # The prior has other joints than the labels: of those, each label has one.
            labels = len(load_metainfo(loader.dataset.metainfo)['keypoint_info'])
            assert len(set(chosen)) == len(chosen) == labels
            assert max(chosen) < len(load_metainfo(cfg.model.head.metainfo)['keypoint_info'])
        elif split != 'train' and 'num_keypoints' in loader.dataset.get('metainfo', {}):
            assert loader.dataset.metainfo == cfg.model.head.metainfo
        elif split != 'train' and (
            'num_keypoints' in cfg.model.head.get('metainfo', {})
            or ('discovered_root' in cfg and loader.dataset.metainfo != cfg.model.head.metainfo)
        ):
            # Discovered keypoints have no labels: a map to those of the test set is learned.
            assert cfg[f'{split}_cfg'].type in ('kpgan_mm.FittedValLoop', 'kpgan_mm.FittedTestLoop')
        elif 'metainfo' in cfg.model.head:
            assert loader.dataset.metainfo == cfg.model.head.metainfo
        sizes = [transform['input_size'] for transform in pipeline if 'input_size' in transform]
        expected = cfg.model.head.get('input_size') or cfg.model.head.decoder.input_size
        assert all(tuple(size) == tuple(expected) for size in sizes)


@pytest.mark.parametrize('path', CONFIGS, ids=by_name)
def test_schedule_lasts_as_long_as_the_training(path):
    cfg = read(path)
    schedulers = cfg.get('param_scheduler', [])
    for scheduler in [schedulers] if isinstance(schedulers, dict) else schedulers:
        assert scheduler.by_epoch is False
        if scheduler.type == 'CosineAnnealingLR':
            assert scheduler.end == scheduler.T_max == cfg.train_cfg.max_iters
        assert all(step < cfg.train_cfg.max_iters for step in scheduler.get('milestones', []))
    assert cfg.train_cfg.val_interval <= cfg.train_cfg.max_iters
    assert not cfg.data_root or (cfg.data_help.endswith('.') and 'data_root=FOLDER' in cfg.data_help)


@pytest.mark.parametrize('path', TWO_STAGES, ids=by_name)
def test_the_stages_fit_together(path):
    main, stage = read(path), read(load_config(path).regressor_pretraining)
    assert stage.get('data_root') == main.get('data_root')
    head, pretrained = MODELS.build(main.model.head), MODELS.build(stage.model.head)
    assert head.skeleton == pretrained.skeleton
    assert head.size == pretrained.size
    assert (head.sigma, head.falloff) == (pretrained.sigma, pretrained.falloff)
    expected = {name: value.shape for name, value in pretrained.regressor.state_dict().items()}
    for part in (head.regressor, head.judge):
        assert part is None or {name: value.shape for name, value in part.state_dict().items()} == expected
    assert stage.train_dataloader.dataset.metainfo == main.train_dataloader.dataset.metainfo
    assert stage.train_dataloader.dataset.input_size == main.model.head.input_size
    assert stage.train_dataloader.dataset.prior == main.train_dataloader.dataset.prior


class TestMissingData:
    """One sentence: what is missing, where it is expected, how to get it."""

    @pytest.fixture
    def error(self, capsys):
        shutil.rmtree('work_dirs')
        train = load_tool('train')

        def error(name, *arguments):
            capsys.readouterr()
            args = train.parse_args([str(ROOT / 'configs' / f'{name}.py'), *arguments])
            assert train.run_tool(train.train, args) == 2
            text = capsys.readouterr().err
            assert text.startswith('error: ') and text.count('\n') == 1
            assert not Path('work_dirs').exists()
            return text

        return error

    @pytest.mark.parametrize(
        ('name', 'missing', 'help_text'),
        [
            ('kpgan_h36m', 'data/simple_h36m', 'tools/dataset_converters/simple_h36m_to_coco.py'),
            ('kpgan_h36m_prior50', 'data/simple_h36m', 'tools/dataset_converters/simple_h36m_to_coco.py'),
            ('kpgan_h36m_full', 'data/h36m_full', 'tools/dataset_converters/h36m_to_frames.py'),
            ('kpgan_h36m_full_3dhp', 'data/h36m_full', 'tools/dataset_converters/mpi_inf_3dhp_to_npz.py'),
            ('kpgan_weizmann', 'data/weizmann_actions/train', 'h36m_mocap/h36m_mocap.npz'),
            ('kpgan_mouse', 'data/mirror_mouse/videos/test_vid.mp4', 'CollectedData.csv'),
            ('autolink_mouse', 'data/mirror_mouse/videos/test_vid.mp4', 'CollectedData.csv'),
            ('autolink_weizmann', 'data/weizmann_actions/train', 'weizmann_actions/test'),
            ('autolink_folder', 'my_images', 'images or videos'),
            ('kpgan_mouse_autolink_prior', 'data/mirror_mouse/videos/test_vid.mp4', 'tools/predict.py'),
        ],
    )
    def test_of_everything(self, error, name, missing, help_text):
        text = error(name)
        assert text.startswith(f'error: {missing} is not there, where train_dataloader.dataset.')
        assert help_text in text and 'data_root=FOLDER' in text
        assert error(name, '--cfg-options', 'data_root=elsewhere').startswith('error: elsewhere')

    def test_of_the_weights_of_the_perceptual_loss(self, error):
        """Before hundreds of thousands of iterations of the regressor's stage, not after."""
        root = make_tree(Path('data/simple_h36m'))
        load_tool('dataset_converters/simple_h36m_to_coco').main([str(root)])
        text = error('kpgan_h36m')
        assert 'data/simple_h36m/vgg19.pth is not there, where model.reconstruction_loss.extractor.init_cfg' in text
        assert 'tools/model_converters/vgg19_from_matconvnet.py' in text

    def test_of_a_part(self, error):
        os.makedirs('data/mirror_mouse/videos')
        Path('data/mirror_mouse/videos/test_vid.mp4').touch()
        assert 'data/mirror_mouse/CollectedData.csv is not there' in error('kpgan_mouse')


@pytest.mark.parametrize('path', [path for path in TWO_STAGES if Config.fromfile(path).data_root], ids=by_name)
def test_data_root_reaches_both_stages(path):
    options = {'data_root': '/elsewhere'}
    cfg = load_config(path, options)
    stage = load_config(cfg.regressor_pretraining, regressor_options(options))
    for one in (cfg, stage):
        text = str(one.to_dict())
        assert "'/elsewhere/" in text and f"'{Config.fromfile(path).data_root}/" not in text


def test_discovered_root_reaches_both_stages():
    options = {'discovered_root': '/found'}
    cfg = load_config(ROOT / 'configs' / 'kpgan_mouse_autolink_prior.py', options)
    stage = load_config(cfg.regressor_pretraining, regressor_options(options))
    for one in (cfg, stage):
        assert one.model.head.metainfo.from_file == one.train_dataloader.dataset.metainfo.from_file
        assert one.model.head.metainfo.from_file == '/found/skeleton.py'
        assert one.train_dataloader.dataset.prior.file == '/found/predictions.npz'
        assert "'work_dirs/autolink_mouse" not in str(one.to_dict())
