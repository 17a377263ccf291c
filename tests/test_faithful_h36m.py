"""The released configuration from folder tree to figures, on a miniature of Simplified Human3.6M."""

import json
import pickle
from pathlib import Path

import cv2
import pytest
import torch

from kpgan_mm.registry import MODELS
from kpgan_mm.utils.compat import ensure_mmpretrain
from tests.h36m_tree import make_sequence, make_tree
from tests.toys import ROOT, forget_runs, load_tool

CONFIG = str(ROOT / 'configs' / 'kpgan_h36m.py')
# Narrow networks, a VGG of fewer layers, no worker processes; everything else is the configuration's.
LOADERS = ('batch_size=2', 'num_workers=0', 'persistent_workers=False')
OPTIONS = [
    'model.backbone.base_channels=2',
    'model.head.regressor.base_channels=2',
    'model.head.judge.base_channels=2',
    'model.generator.base_channels=2',
    'model.discriminator.base_channels=2',
    'model.pool_size=3',
    'model.reconstruction_loss.extractor.depth=11',
    'model.reconstruction_loss.layers=[features.0,features.2]',
    *(f'{split}_dataloader.{setting}' for split in ('train', 'val', 'test') for setting in LOADERS),
    *(f'regressor.{split}_dataloader.{setting}' for split in ('train', 'val') for setting in LOADERS),
    *(f'regressor.{split}_dataloader.dataset.num_held_out=4' for split in ('train', 'val')),
    'train_cfg.max_iters=2',
    'default_hooks.logger.interval=1',
    'regressor.model.head.regressor.base_channels=2',
    'regressor.train_cfg.max_iters=2',
]


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Folder with the data in ``data`` and the work directory ``work``; the options of both tools."""
    folder = tmp_path_factory.mktemp('faithful')
    root = make_tree(folder / 'data')
    make_sequence(root, 'S11', 'Walking 1.54138969', 2, seed=4)
    load_tool('dataset_converters/simple_h36m_to_coco').main([str(root)])
    ensure_mmpretrain()
    torch.manual_seed(0)
    vgg = MODELS.build(dict(type='mmpretrain.VGG', depth=11, act_cfg=None))
    torch.save(dict(state_dict=vgg.state_dict()), root / 'vgg19.pth')
    options = ['--cfg-options', f'data_root={root}', *OPTIONS]
    train = load_tool('train')
    arguments = [CONFIG, '--work-dir', str(folder / 'work'), *options]
    forget_runs()
    assert train.run_tool(train.train, train.parse_args(arguments)) == 0
    forget_runs()
    return folder, options, vgg


def run_test(folder, options, *arguments) -> dict:
    """tools/test.py on the checkpoint; the figures that it writes."""
    tool = load_tool('test')
    checkpoint = str(folder / 'work' / 'iter_2.pth')
    out = str(folder / 'metrics.json')
    args = [CONFIG, checkpoint, '--work-dir', str(folder / 'test'), '--out', out, *arguments, *options]
    assert tool.run_tool(tool.test, tool.parse_args(args)) == 0
    return json.loads(Path(out).read_text())


def test_both_stages_train(trained):
    folder, _, vgg = trained
    stage = torch.load(folder / 'work' / 'regressor' / 'regressor.pth', weights_only=True)
    assert stage['meta']['iter'] == 2
    state = torch.load(folder / 'work' / 'iter_2.pth', weights_only=True)['state_dict']
    read = {name.removeprefix('head.judge.'): value for name, value in state.items() if name.startswith('head.judge.')}
    for name, value in read.items():
        # The judge is the pre-trained regressor, untouched; the regressor has moved on from it.
        assert torch.equal(value, stage['state_dict'][f'head.regressor.{name}']), name
    assert any(not torch.equal(value, state[f'head.regressor.{name}']) for name, value in read.items())
    extractor = 'reconstruction_loss.extractor.'
    assert all(torch.equal(value, state[extractor + name]) for name, value in vgg.state_dict().items())
    assert state['reconstruction_loss.running_means'].isfinite().all()
    assert state['pool.count'] == 3


def test_losses_are_those_of_the_release(trained):
    folder, _, _ = trained
    text = next((folder / 'work').glob('*/vis_data/scalars.json')).read_text()
    first = next(json.loads(line) for line in text.splitlines() if 'generator/loss' in line)
    # Weight 10, and every term divided by a running mean that starts at its own value.
    assert first['generator/loss_reconstruction'] == pytest.approx(10, rel=1e-3)
    assert {'generator/loss_adversarial', 'discriminator/loss_adversarial', 'regressor/loss_prior',
            'regressor/loss_predicted'} <= first.keys()  # fmt: skip


def test_contact_sheet(trained):
    folder, _, _ = trained
    (sheet,) = (folder / 'work' / 'contact_sheets').iterdir()
    assert sheet.name == 'iter_000002.jpg' and cv2.imread(str(sheet)).std() > 10


def test_figures(trained):
    folder, options, _ = trained
    figures = run_test(folder, options)
    assert figures.keys() >= {
        'keypointgan/error', 'keypointgan/error_unjudged', 'keypointgan/judge_flip_rate',
        'keypointgan/mirrored_minimum', 'keypointgan/correct_sides', 'keypointgan/mean_prior_error',
        'keypointgan/ratio_to_mean_prior', 'NME', 'PCK', 'EPE',
    }  # fmt: skip
    assert all(value == value for value in figures.values())
    # Unweighted over the activities, although one has three frames and the other two.
    per_activity = figures['keypointgan/error/waiting'], figures['keypointgan/error/walking']
    assert figures['keypointgan/error'] == pytest.approx(sum(per_activity) / 2)
    assert figures['keypointgan/mirrored_minimum'] <= figures['keypointgan/error']
    log = max((folder / 'test').glob('*/*.log')).read_text()
    assert 'protocol keypointgan: mean distance over all joints in % of the image side' in log
    assert 'sides chosen by the judge (no labels)' in log
    for name in figures:
        assert f'{name}: ' in log, name


def test_dump_and_pictures(trained):
    folder, options, _ = trained
    figures = run_test(folder, options, '--dump', str(folder / 'predictions.pkl'), '--show-dir', 'pictures')
    predictions = pickle.loads((folder / 'predictions.pkl').read_bytes())
    assert len(predictions) == 5
    assert {sample['activity'] for sample in predictions} == {'waiting', 'walking'}
    distances = [
        torch.as_tensor(sample['pred_instances']['keypoints'] - sample['gt_instances']['keypoints']).norm(dim=-1).mean()
        for sample in predictions
    ]
    assert figures['EPE'] == pytest.approx(sum(distances).item() / 5, rel=1e-4)
    (pictures,) = (folder / 'test').glob('*/pictures')
    assert [file.name for file in sorted(pictures.iterdir())] == [f'{index:06d}.png' for index in range(5)]
    # What the network saw: the background is masked out.
    picture = cv2.imread(str(pictures / '000000.png'))
    assert picture.shape == (256, 256, 3)
    assert not picture[:50].any() and picture[70:170, 90:150].std() > 10
