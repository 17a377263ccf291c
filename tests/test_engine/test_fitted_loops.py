"""Metrics are fitted on labelled training images and tested on others, by the configuration alone."""

import json
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import ConcatDataset
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import TensorDataset

from kpgan_mm.datasets import DeepLabCutDataset, PuppetDataset
from kpgan_mm.datasets.metainfo.mouse_bottom import dataset_info
from kpgan_mm.engine import FittedTestLoop
from kpgan_mm.engine.fitted_loops import image_names, refuse_overlap
from kpgan_mm.evaluation import FittedMetric
from kpgan_mm.registry import HOOKS, METRICS
from kpgan_mm.utils.config import load_config, move_root
from tests.small_runs import puppet_config
from tests.toys import ROOT, forget_runs, load_tool


@METRICS.register_module()
class Witness(FittedMetric):
    """Keeps the videos of the images, and the predictions."""

    def record(self, data_sample):
        return {'video': data_sample['video_id'], 'prediction': data_sample['pred_instances']['keypoints']}

    def fit(self, records):
        self.fit_records = records

    def compute_metrics(self, results):
        self.test_records = list(results)
        return {'images': len(results)}


@HOOKS.register_module()
class OtherWeights(Hook):
    """As EMAHook: other weights are put in when the epoch begins. With these every prediction is the centre."""

    def before_test_epoch(self, runner):
        for parameter in runner.model.head.parameters():
            parameter.data.zero_()


def fitted_config(work_dir: Path, max_iters: int = 1) -> Config:
    """Puppets, tiny networks: 5 images of the training split to fit on, 3 of the test split."""
    cfg = puppet_config(work_dir, max_iters)
    cfg.test_dataloader = cfg.test_dataloader.to_dict()
    cfg.test_dataloader.dataset.pipeline[-1].meta_keys = (
        'img_id', 'img_path', 'video_id', 'input_size', 'input_center', 'input_scale', 'flip_indices',
    )  # fmt: skip
    dataset = cfg.test_dataloader.dataset.to_dict() | dict(split='train', num_videos=1, num_frames=5)
    cfg.test_cfg = dict(
        type='kpgan_mm.FittedTestLoop',
        fit_dataloader=cfg.test_dataloader.to_dict() | dict(dataset=dataset, batch_size=2),
    )
    cfg.test_evaluator = [
        cfg.val_evaluator[0],
        dict(type='kpgan_mm.KeypointRegressionMetric', protocol='autolink'),
        dict(type='kpgan_mm.Witness', prefix='witness'),
    ]
    return cfg


class TestRunner:
    def test_direct_and_regression_in_one_run(self, tmp_path):
        runner = Runner.from_cfg(fitted_config(tmp_path))
        figures = runner.test()
        assert figures['keypointgan/error'] > 0 and figures['autolink/error'] > 0
        # 28 coordinates of 5 images: the labels are known by heart.
        assert figures['autolink/fit_error'] < 1e-3
        # No test image was fitted on.
        witness = runner.test_loop.evaluator.metrics[-1]
        assert [record['video'] for record in witness.fit_records] == ['train_0_00000'] * 5
        assert [record['video'] for record in witness.test_records] == ['test_0_00000'] * 3

    def test_validation_while_training(self, tmp_path):
        cfg = fitted_config(tmp_path, 3)
        cfg.val_cfg = cfg.test_cfg.to_dict() | dict(type='kpgan_mm.FittedValLoop')
        cfg.val_evaluator = cfg.test_evaluator[:2]
        Runner.from_cfg(cfg).train()
        (scalars,) = tmp_path.glob('*/vis_data/scalars.json')
        assert sum('autolink/error' in json.loads(line) for line in scalars.read_text().splitlines()) == 1

    def test_weights_that_hooks_put_in_are_those_that_are_fitted(self, tmp_path):
        cfg = fitted_config(tmp_path)
        cfg.test_evaluator = [dict(type='kpgan_mm.Witness', prefix='witness')]
        cfg.custom_hooks = [dict(type='kpgan_mm.OtherWeights')]
        runner = Runner.from_cfg(cfg)
        runner.test()
        (witness,) = runner.test_loop.evaluator.metrics
        for record in witness.fit_records + witness.test_records:
            np.testing.assert_allclose(record['prediction'], 31.5, atol=0.51)

    def test_without_metrics_that_learn_nothing_is_predicted_twice(self, tmp_path):
        cfg = fitted_config(tmp_path)
        cfg.test_evaluator = cfg.val_evaluator
        runner = Runner.from_cfg(cfg)
        runner.test_loop.fit_dataloader = None
        assert runner.test()['keypointgan/error'] > 0

    def test_the_plain_loop_says_what_is_missing(self, tmp_path):
        cfg = fitted_config(tmp_path)
        cfg.test_cfg = dict()
        with pytest.raises(ValueError, match=r'set test_cfg=dict\(type="kpgan_mm.FittedTestLoop"'):
            Runner.from_cfg(cfg).test()


class TestRefusals:
    def test_test_images_to_fit_on(self, tmp_path):
        cfg = fitted_config(tmp_path)
        cfg.test_cfg.fit_dataloader.dataset.split = 'test'
        message = '3 of the images in fit_dataloader are evaluated as well, among them frame 0 of test_0_00000'
        with pytest.raises(ValueError, match=message):
            _ = Runner.from_cfg(cfg).test_loop

    def test_other_joints(self, tmp_path):
        runner = Runner.from_cfg(fitted_config(tmp_path))
        loop = runner.test_loop
        loop.fit_dataloader.dataset._metainfo = {'keypoint_id2name': {0: 'nose'}}
        with pytest.raises(ValueError, match='different joints: give both one metainfo'):
            FittedTestLoop(runner, loop.dataloader, loop.evaluator, loop.fit_dataloader)

    def test_image_names(self, mouse_table, tmp_path):
        mouse = DeepLabCutDataset(str(mouse_table), metainfo=dataset_info)
        names = list(image_names(mouse))
        assert len(set(names)) == len(mouse) and all(Path(name).is_absolute() and Path(name).exists() for name in names)
        puppets = PuppetDataset(num_videos=1, num_frames=2)
        expected = ['frame 0 of test_0_00000', 'frame 1 of test_0_00000']
        assert list(image_names(puppets)) == expected
        assert list(image_names(ConcatDataset([puppets, puppets]))) == expected * 2
        assert list(image_names(TensorDataset())) == [None]

    def test_nameless_pictures_are_told_apart_by_their_pixels(self):
        class Nameless(PuppetDataset):
            def load_data_list(self):
                samples = super().load_data_list()
                return [{**sample, 'video_id': None} for sample in samples]

        refuse_overlap(Nameless(split='train', num_videos=1, num_frames=2), Nameless(num_videos=1, num_frames=2))
        with pytest.raises(ValueError, match='2 of the images'):
            refuse_overlap(Nameless(num_videos=1, num_frames=2), Nameless(num_videos=1, num_frames=2))

    def test_halves_of_the_mouse_do_not_overlap(self, mouse_table):
        halves = [
            DeepLabCutDataset(str(mouse_table), metainfo=dataset_info, split=split) for split in ('prior', 'test')
        ]
        refuse_overlap(*halves)
        with pytest.raises(ValueError, match='give fit_dataloader a training split'):
            refuse_overlap(DeepLabCutDataset(str(mouse_table), metainfo=dataset_info), halves[1])


class TestBaseConfigs:
    """configs/_base_/evaluation, listed in place of the data set."""

    def config(self, tmp_path, name, **changes):
        base = ROOT / 'configs' / '_base_'
        parts = [base / 'default_runtime.py', base / 'evaluation' / f'{name}_regression.py']
        parts += [base / 'models' / 'keypoint_gan_64.py', base / 'schedule.py']
        file = tmp_path / f'{name}.py'
        file.write_text(f"""
            _base_ = {[str(part) for part in parts]}
            model = dict(head=dict(metainfo={{{{_base_.metainfo}}}}, input_size={{{{_base_.input_size}}}}))
            test_cfg = {{{{_base_.fitted_test_cfg}}}}
            """.replace('\n            ', '\n'))  # fmt: skip
        cfg = load_config(file)
        for part in (cfg.model.backbone, cfg.model.head.regressor, cfg.model.generator):
            part.base_channels = 2
        cfg.work_dir = str(tmp_path / 'work')
        cfg.merge_from_dict(changes)
        return cfg

    def test_puppets(self, tmp_path):
        changes = {'test_cfg.fit_dataloader.dataset.num_videos': 8, 'test_dataloader.dataset.num_videos': 1}
        figures = Runner.from_cfg(self.config(tmp_path, 'puppets', **changes)).test()
        names = ('keypointgan', 'keypointgan_regression', 'autolink', 'lmdis')
        assert all(figures[f'{name}/error'] > 0 for name in names)

    def test_mouse(self, tmp_path, mouse_table):
        cfg = self.config(tmp_path, 'mouse')
        move_root(cfg, str(mouse_table.parent))
        assert cfg.test_cfg.fit_dataloader.dataset.ann_file == str(mouse_table)
        figures = Runner.from_cfg(cfg).test()
        names = ('keypointgan', 'keypointgan_regression', 'autolink', 'lmdis')
        assert all(figures[f'{name}/error'] > 0 for name in names)

    def test_the_tool(self, tmp_path, monkeypatch, capsys):
        """Figures to a file, and a leak as one sentence."""
        monkeypatch.chdir(tmp_path)
        cfg = fitted_config(tmp_path / 'work')
        cfg.test_evaluator = cfg.test_evaluator[:2]
        runner = Runner.from_cfg(cfg)
        runner.save_checkpoint(str(tmp_path), 'model.pth', save_param_scheduler=False, save_optimizer=False)
        cfg.dump('config.py')
        tool = load_tool('test')
        arguments = ['config.py', 'model.pth', '--work-dir', 't', '--out', 'figures.json']
        forget_runs()
        assert tool.run_tool(tool.test, tool.parse_args(arguments)) == 0
        assert json.loads(Path('figures.json').read_text())['autolink/error'] > 0
        capsys.readouterr()
        arguments += ['--cfg-options', 'test_cfg.fit_dataloader.dataset.split=test']
        forget_runs()
        assert tool.run_tool(tool.test, tool.parse_args(arguments)) == 2
        text = capsys.readouterr().err
        assert text.startswith('error: 3 of the images in fit_dataloader') and text.count('\n') == 1
