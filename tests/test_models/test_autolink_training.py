"""AutoLink as its configurations train it: by MMEngine's own loop and optimiser, through our tools."""

import json
import os

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from kpgan_mm.utils.checkpoint import load_from_local
from kpgan_mm.utils.config import load_config
from tests.small_runs import puppet_config, train
from tests.toys import ROOT, forget_runs, load_tool


def run(tool: str, *arguments) -> int:
    forget_runs()
    module = load_tool(tool)
    return module.run_tool(getattr(module, tool), module.parse_args([str(argument) for argument in arguments]))


def test_trains_and_validates_by_regression(tmp_path):
    cfg = puppet_config(tmp_path, 2, 'autolink_puppets')
    assert (cfg.train_cfg.type, cfg.optim_wrapper.type) == ('IterBasedTrainLoop', 'OptimWrapper')
    checkpoint = train(cfg)
    assert checkpoint['state_dict']['mask.num_batches_masked'] == 2
    links = checkpoint['meta']['dataset_meta']['skeleton_links']
    assert checkpoint['meta']['dataset_meta']['num_keypoints'] == 14 and len(links) == 91
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'autolink/error: ' in log and 'protocol autolink' in log
    entries = [json.loads(line) for line in next(tmp_path.glob('*/vis_data/scalars.json')).read_text().splitlines()]
    losses = [entry['loss_reconstruction'] for entry in entries if 'loss_reconstruction' in entry]
    assert len(losses) == 2 and all(np.isfinite(losses))
    sheet = cv2.imread(str(tmp_path / 'contact_sheets' / 'iter_000002.jpg'))
    assert sheet.shape[0] == 6 * 132 + 4  # no row for labels, which are of other joints


@pytest.mark.parametrize('num_workers', [0, 2])
def test_resumed_equals_uninterrupted(tmp_path, num_workers):
    """Draws, masks, running means and optimiser, with MMEngine's own loop."""
    workers = {'train_dataloader.num_workers': num_workers}
    whole = train(puppet_config(tmp_path / 'whole', 6, 'autolink_puppets', **workers))
    train(puppet_config(tmp_path / 'parts', 5, 'autolink_puppets', **workers))
    (tmp_path / 'parts' / 'last_checkpoint').write_text(str(tmp_path / 'parts' / 'iter_4.pth'))
    resumed = train(puppet_config(tmp_path / 'parts', 6, 'autolink_puppets', resume=True, **workers))
    assert whole['state_dict'].keys() == resumed['state_dict'].keys()
    for name, value in whole['state_dict'].items():
        assert torch.equal(value, resumed['state_dict'][name]), name
    for number, state in whole['optimizer']['state'].items():
        assert all(torch.equal(value, resumed['optimizer']['state'][number][key]) for key, value in state.items())


def test_other_numbers_of_keypoints_are_tested(tmp_path):
    """Five keypoints against fourteen labelled joints, by tools/test.py, trained in mixed precision."""
    cfg = puppet_config(tmp_path / 'run', 2, 'autolink_puppets')
    cfg.model.head.metainfo = cfg.train_dataloader.dataset.metainfo = dict(num_keypoints=5)
    cfg.optim_wrapper.type = 'kpgan_mm.Bfloat16OptimWrapper'
    train(cfg)
    cfg.dump(tmp_path / 'config.py')
    out = tmp_path / 'metrics.json'
    arguments = (tmp_path / 'config.py', tmp_path / 'run' / 'iter_2.pth', '--work-dir', tmp_path / 't', '--out', out)
    assert run('test', *arguments) == 0
    metrics = json.loads(out.read_text())
    assert metrics['autolink/error'] > 0 and metrics['autolink/mean_pose_error'] > 0


class TestOwnPictures:
    """configs/autolink_folder.py: one command."""

    SMALL = (
        'model.backbone.base_channels=2', 'model.generator.base_channels=2', 'model.head.in_channels=4',
        'train_cfg.max_iters=2', 'train_cfg.val_interval=2', 'train_dataloader.num_workers=0',
        'train_dataloader.persistent_workers=False', 'val_dataloader.num_workers=0',
    )  # fmt: skip

    def test_one_command(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        rng = np.random.default_rng(0)
        os.mkdir('mine')
        for number, shape in enumerate([(50, 70, 3), (64, 64), (90, 40, 4), (1, 1, 3)]):
            cv2.imwrite(f'mine/{number}.png', rng.integers(0, 255, shape, dtype=np.uint8))
        options = ('--cfg-options', 'data_root=mine', 'num_keypoints=6', *self.SMALL)
        assert run('train', ROOT / 'configs' / 'autolink_folder.py', '--work-dir', 'w', *options) == 0
        assert 'Contact sheets: w/contact_sheets' in capsys.readouterr().out
        checkpoint = load_from_local('w/iter_2.pth')
        assert checkpoint['state_dict']['head.scaled_logits'].shape == (6, 6)
        assert checkpoint['meta']['dataset_meta']['num_keypoints'] == 6
        assert Config.fromfile('w/autolink_folder.py').val_dataloader.dataset.metainfo == dict(num_keypoints=6)

    def test_refuses_in_one_sentence(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        os.mkdir('empty')
        config = ROOT / 'configs' / 'autolink_folder.py'
        for options, message in (
            (('data_root=nowhere',), 'nowhere is not there'),
            (('data_root=empty',), 'no frames found in empty'),
            (('data_root=empty', 'num_keypoints=1'), 'num_keypoints must be an integer of at least 2, got 1'),
        ):
            assert run('train', config, '--cfg-options', *options) == 2
            text = capsys.readouterr().err
            assert text.startswith('error: ') and text.count('\n') == 1 and message in text


def test_the_number_of_keypoints_is_one_option():
    path = ROOT / 'configs' / 'autolink_puppets.py'
    cfg = load_config(path, {'num_keypoints': 20})
    assert cfg.model.head.metainfo == cfg.train_dataloader.dataset.metainfo == dict(num_keypoints=20)
    assert load_config(path).model.head.metainfo == dict(num_keypoints=14)
    assert 'num_keypoints' not in load_config(ROOT / 'configs' / 'kpgan_puppets.py', {'log_level': 'INFO'})
