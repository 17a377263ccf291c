"""What the tools do to configurations."""

import inspect
from argparse import Namespace
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.optim import OptimWrapper

from kpgan_mm.models import KeypointRegressor, SkeletonBottleneck
from kpgan_mm.utils import config as configs
from kpgan_mm.utils.config import (
    ConfigError,
    MissingDataError,
    check_data,
    check_judge,
    check_regressor,
    load_config,
    merge_options,
    regressor_options,
    set_regressor,
    show_predictions,
    use_amp,
    write_plain_checkpoints,
)


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


class TestDataRoot:
    def config(self, root='data/h36m/'):
        return Config(
            dict(
                data_root=root,
                train_dataloader=dict(dataset=dict(data_root='data/h36m', ann_file='data/h36m/train.json')),
                sources=['data/h36m/a', ('data/h36m/b', 3), 'data/h36m_mocap/c'],
                model=dict(data_preprocessor=dict(type='data')),
            )
        )

    @pytest.mark.parametrize('root', ['data/h36m', 'data/h36m/'])
    def test_moves_everything_below_it(self, root):
        cfg = self.config(root)
        merge_options(cfg, {'data_root': '/mnt/h36m', 'model.size': 3})
        assert cfg.data_root == '/mnt/h36m'
        assert cfg.train_dataloader.dataset.data_root == '/mnt/h36m'
        assert cfg.train_dataloader.dataset.ann_file == '/mnt/h36m/train.json'
        assert cfg.sources == ['/mnt/h36m/a', ('/mnt/h36m/b', 3), 'data/h36m_mocap/c']
        assert cfg.model.data_preprocessor.type == 'data'
        assert cfg.model.size == 3

    def test_twice_is_once(self):
        once, twice = self.config(), self.config()
        options = {'data_root': '/mnt/h36m', 'sources': ['data/h36m/x']}
        merge_options(once, options)
        merge_options(twice, options)
        merge_options(twice, options)
        assert once.to_dict() == twice.to_dict()
        assert twice.sources == ['data/h36m/x']

    def test_without_a_root_there_is_nothing_to_move(self):
        cfg = Config(dict(model=dict(type='a/b')))
        merge_options(cfg, {'data_root': '/mnt'})
        assert cfg.data_root == '/mnt'
        assert cfg.model.type == 'a/b'


class TestLoadConfig:
    def test_pretraining_is_found_beside_the_config(self, tmp_path):
        write(tmp_path / 'regressor_a.py', 'model = dict()')
        file = write(tmp_path / 'a.py', "model = dict(size=1)\nregressor_pretraining = 'regressor_a.py'")
        cfg = load_config(file, {'model.size': 2, 'regressor.model.size': 3})
        assert cfg.model.size == 2
        assert 'regressor' not in cfg
        assert cfg.regressor_pretraining == str(tmp_path / 'regressor_a.py')
        cfg.dump(write(tmp_path / 'elsewhere' / 'a.py', ''))
        assert load_config(tmp_path / 'elsewhere' / 'a.py').regressor_pretraining == str(tmp_path / 'regressor_a.py')

    def test_what_is_not_there(self, tmp_path):
        with pytest.raises(ConfigError, match='There is no configuration .*a.py'):
            load_config(tmp_path / 'a.py')
        file = write(tmp_path / 'a.py', "regressor_pretraining = 'b.py'")
        with pytest.raises(ConfigError, match=r"regressor_pretraining='b.py', and .*b.py is not there"):
            load_config(file)

    def test_options_of_the_pretraining(self):
        options = {'data_root': 'a', 'regressor.train_cfg.max_iters': 3, 'train_cfg.max_iters': 5}
        assert regressor_options(options) == {'data_root': 'a', 'train_cfg.max_iters': 3}
        assert regressor_options({'regressor.data_root': 'b', 'data_root': 'a'}) == {'data_root': 'b'}
        assert regressor_options(None) == {}


class TestCheckData:
    def test_names_what_is_missing_and_how_to_make_it(self, tmp_path):
        root = tmp_path / 'data'
        dataset = dict(
            source=dict(root=str(root / 'train')),
            prior=dict(file=str(root / 'poses.npz')),
            cache_dir=str(root / 'cache'),
            links=['https://somewhere.test/a', f'{root}/*.mp4'],
        )
        cfg = Config(
            dict(data_root=str(root), train_dataloader=dict(dataset=dataset), data_help='Make it with convert.py.')
        )
        with pytest.raises(
            MissingDataError, match=r'data/train is not there, where train_dataloader\.dataset\.source\.root'
        ):
            check_data(cfg, ('train',))
        write(root / 'train' / 'a.jpg', '')
        with pytest.raises(
            FileNotFoundError, match=r'poses\.npz is not there.*prior\.file.*\. Make it with convert\.py\.$'
        ):
            check_data(cfg, ('train', 'val'))
        check_data(cfg, ('test',))
        write(root / 'poses.npz', '')
        check_data(cfg, ('train', 'val', 'test'))

    def test_annotations_lie_under_the_data_sets_root(self, tmp_path):
        dataset = dict(type='ConcatDataset', datasets=[dict(data_root=str(tmp_path), ann_file='a.json')])
        cfg = Config(dict(test_dataloader=dict(dataset=dataset)))
        with pytest.raises(MissingDataError, match=r'a\.json is not there, where .*datasets\.0\.ann_file'):
            check_data(cfg, ('test',))
        write(tmp_path / 'a.json', '')
        check_data(cfg, ('test',))

    def test_several_files(self, tmp_path):
        dataset = dict(files=[str(write(tmp_path / 'a.mp4', '')), str(tmp_path / 'b.mp4')])
        with pytest.raises(MissingDataError, match=r'b\.mp4 is not there, where train_dataloader\.dataset\.files\.1'):
            check_data(Config(dict(train_dataloader=dict(dataset=dataset))), ('train',))


class TestAmp:
    @pytest.fixture(autouse=True)
    def accelerator(self, monkeypatch):
        monkeypatch.setattr(configs, 'get_device', lambda: 'cuda')

    def test_one_optimiser(self):
        cfg = Config(dict(optim_wrapper=dict(optimizer=dict(type='Adam'))))
        use_amp(cfg)
        assert cfg.optim_wrapper == dict(type='AmpOptimWrapper', optimizer=dict(type='Adam'), loss_scale='dynamic')

    def test_bfloat16_without_an_accelerator(self, monkeypatch):
        monkeypatch.setattr(configs, 'get_device', lambda: 'cpu')
        cfg = Config(dict(optim_wrapper=dict(optimizer=dict(type='Adam'))))
        for _ in range(2):  # a second time changes nothing
            use_amp(cfg)
            assert cfg.optim_wrapper == dict(type='kpgan_mm.Bfloat16OptimWrapper', optimizer=dict(type='Adam'))

    def test_several_optimisers(self):
        cfg = Config(
            dict(
                optim_wrapper=dict(
                    constructor='kpgan_mm.MultiOptimWrapperConstructor',
                    generator=dict(optimizer=dict(type='Adam'), clip_grad=dict(max_norm=1)),
                    discriminator=dict(type='OptimWrapper', optimizer=dict(type='Adam')),
                    regressor=dict(type='AmpOptimWrapper', loss_scale=512.0, optimizer=dict(type='Adam')),
                )
            )
        )
        use_amp(cfg)
        wrappers = cfg.optim_wrapper
        assert set(wrappers) == {'constructor', 'generator', 'discriminator', 'regressor'}
        assert [wrappers[name].type for name in list(wrappers)[1:]] == ['AmpOptimWrapper'] * 3
        assert wrappers.generator.loss_scale == wrappers.discriminator.loss_scale == 'dynamic'
        assert wrappers.regressor.loss_scale == 512.0
        assert wrappers.generator.clip_grad == dict(max_norm=1)

    def test_a_class_as_type(self):
        cfg = Config(dict(optim_wrapper=dict(type=OptimWrapper, optimizer=dict(type='Adam'))))
        use_amp(cfg)
        assert cfg.optim_wrapper.type == 'AmpOptimWrapper'

    def test_what_it_cannot_replace(self):
        with pytest.raises(ConfigError, match=r"optim_wrapper\.generator\.type is 'ApexOptimWrapper'"):
            use_amp(Config(dict(optim_wrapper=dict(generator=dict(type='ApexOptimWrapper', optimizer=dict())))))
        with pytest.raises(ConfigError, match='no optim_wrapper'):
            use_amp(Config(dict(model=dict())))


class TestHooks:
    def test_show_predictions(self):
        args = Namespace(show=False, show_dir='pictures', interval=5, wait_time=2)
        cfg = Config(dict(default_hooks=dict(visualization=dict(type='PoseVisualizationHook', enable=False))))
        show_predictions(cfg, args)
        assert cfg.default_hooks.visualization == dict(
            type='PoseVisualizationHook', enable=True, show=False, out_dir='pictures', interval=5
        )
        args.show = True
        show_predictions(cfg, args)
        assert cfg.default_hooks.visualization.wait_time == 2
        with pytest.raises(ConfigError, match='PoseVisualizationHook'):
            show_predictions(Config(dict()), args)
        show_predictions(Config(dict()), Namespace(show=False, show_dir=None))

    @pytest.mark.parametrize('hooks', [None, [dict(type='EMAHook')], [dict(type='kpgan_mm.PlainCheckpointHook')]])
    def test_plain_checkpoints(self, hooks):
        cfg = Config(dict(custom_hooks=hooks))
        write_plain_checkpoints(cfg)
        assert [hook.type for hook in cfg.custom_hooks].count('kpgan_mm.PlainCheckpointHook') == 1
        assert cfg.custom_hooks[: len(hooks or [])] == (hooks or [])


def test_set_regressor():
    pretrained = dict(type='Pretrained', checkpoint='r.pth', prefix='head.regressor.')
    cfg = Config(dict(model=dict(head=dict(regressor=dict(base_channels=8), judge=dict(base_channels=8)))))
    set_regressor(cfg, 'r.pth')
    assert cfg.model.head.regressor == dict(base_channels=8, init_cfg=pretrained)
    assert cfg.model.head.judge == dict(base_channels=8, init_cfg=pretrained)
    cfg = Config(dict(model=dict(head=dict(judge=None))))
    set_regressor(cfg, 'r.pth')
    assert cfg.model.head == dict(judge=None, regressor=dict(init_cfg=pretrained))


class TestRegressorFits:
    METAINFO = dict(from_file='kpgan_mm/datasets/metainfo/puppets.py')

    def config(self, **changes):
        head = dict(metainfo=self.METAINFO, input_size=(64, 64), regressor=dict(base_channels=16))
        return Config(dict(model=dict(head=head | changes)))

    def test_defaults_are_those_of_the_classes(self):
        for kind, defaults in (
            (SkeletonBottleneck, {key: configs._HEAD_DEFAULTS[key] for key in ('sigma', 'falloff')}),
            (KeypointRegressor, {'base_channels': configs._REGRESSOR_DEFAULTS['base_channels']}),
        ):
            parameters = inspect.signature(kind).parameters
            assert {key: parameters[key].default for key in defaults} == defaults

    def test_equal_heads(self):
        check_regressor(self.config(), self.config(sigma=0.2, input_size=[64, 64]))
        judge = dict(type='kpgan_mm.KeypointRegressor', base_channels=16)
        check_regressor(self.config(judge=judge), self.config(regressor=dict(base_channels=16, init_cfg=None)))
        check_regressor(Config(dict(model=dict(head=dict()))), Config(dict(model=dict())))

    @pytest.mark.parametrize(
        ('key', 'value', 'message'),
        [
            ('sigma', 0.1, r'head\.sigma is 0\.1, .* with 0\.2.*regressor\.model\.head\.sigma='),
            ('falloff', 'gaussian', r"head\.falloff is 'gaussian', .* with 'exponential'.*head\.falloff="),
            ('input_size', (128, 128), r'head\.input_size is \(128, 128\), .* with \(64, 64\)'),
            ('metainfo', dict(from_file='h36m.py'), r"head\.metainfo is 'h36m\.py', .* with '.*puppets\.py'"),
            ('metainfo', dict(from_file='no/such.py'), r'head\.metainfo: there is no metainfo file no/such\.py'),
            ('regressor', dict(base_channels=8), r'head\.regressor\.base_channels is 8, .* with 16'),
            ('regressor', dict(type='Mine', base_channels=16), r"regressor\.type is 'Mine', .* 'KeypointRegressor'"),
            ('judge', dict(base_channels=8), r'head\.judge\.base_channels is 8, .* with 16'),
        ],
    )
    def test_says_what_differs(self, key, value, message):
        with pytest.raises(ConfigError, match=message):
            check_regressor(self.config(**{key: value}), self.config())


def test_a_judge_needs_weights():
    cfg = Config(dict(model=dict(head=dict(judge=dict(base_channels=8)))))
    with pytest.raises(ConfigError, match=r'model\.head\.judge is set, and nothing says'):
        check_judge(cfg)
    check_judge(Config(dict(load_from='a.pth', **cfg.to_dict())))
    cfg.model.head.judge.init_cfg = dict(type='Pretrained', checkpoint='a.pth')
    check_judge(cfg)
    check_judge(Config(dict(model=dict(head=dict(judge=None)))))
