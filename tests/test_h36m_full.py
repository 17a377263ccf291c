"""Human3.6M in full, from MMPose's files to figures in pixels, with its own prior and with that of MPI-INF-3DHP."""

import json
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from kpgan_mm.registry import MODELS
from kpgan_mm.utils.compat import ensure_mmpretrain
from tests.h36m_full_tree import make_tree
from tests.three_dhp import write_annotations
from tests.toys import ROOT, batch, forget_runs, load_tool, model_config

LOADERS = ('batch_size=2', 'num_workers=0', 'persistent_workers=False')
# Narrow networks, a VGG of fewer layers, no worker processes; everything else is the configuration's.
OPTIONS = [
    'model.backbone.base_channels=2',
    'model.head.regressor.base_channels=2',
    'model.generator.base_channels=2',
    'model.discriminator.base_channels=2',
    'model.pool_size=3',
    'model.reconstruction_loss.extractor.depth=11',
    'model.reconstruction_loss.layers=[features.0,features.2]',
    *(f'{split}_dataloader.{setting}' for split in ('train', 'val', 'test') for setting in LOADERS),
    *(f'regressor.{split}_dataloader.{setting}' for split in ('train', 'val') for setting in LOADERS),
    *(f'regressor.{split}_dataloader.dataset.num_held_out=1' for split in ('train', 'val')),
    'train_cfg.max_iters=2',
    'regressor.model.head.regressor.base_channels=2',
    'regressor.train_cfg.max_iters=2',
]
JUDGE = ['model.head.judge.base_channels=2']


@pytest.fixture(scope='module')
def root(tmp_path_factory) -> Path:
    """A data folder with everything that the two configurations want."""
    root = tmp_path_factory.mktemp('h36m_full')
    files = make_tree(root)
    load_tool('dataset_converters/h36m_to_frames').main([*map(str, files), '--root', str(root)])
    labels = write_annotations(root / 'labels')
    load_tool('dataset_converters/mpi_inf_3dhp_to_npz').main([str(labels), '--out', str(root / 'mpi_inf_3dhp_28.npz')])
    ensure_mmpretrain()
    torch.manual_seed(0)
    vgg = MODELS.build(dict(type='mmpretrain.VGG', depth=11, act_cfg=None))
    torch.save(dict(state_dict=vgg.state_dict()), root / 'vgg19.pth')
    return root


def train_and_test(root: Path, work: Path, config: str, *options: str) -> tuple[dict, list]:
    """Both stages and tools/test.py; the figures and the dumped predictions."""
    path = str(ROOT / 'configs' / f'{config}.py')
    options = ['--cfg-options', f'data_root={root}', *OPTIONS, *options]
    train, test = load_tool('train'), load_tool('test')
    forget_runs()
    assert train.run_tool(train.train, train.parse_args([path, '--work-dir', str(work), *options])) == 0
    forget_runs()
    out, dump, checkpoint = work / 'metrics.json', work / 'predictions.pkl', work / 'iter_2.pth'
    arguments = [path, str(checkpoint), '--work-dir', str(work / 'test'), '--out', str(out), '--dump', str(dump)]
    assert test.run_tool(test.test, test.parse_args([*arguments, *options])) == 0
    return json.loads(out.read_text()), pickle.loads(dump.read_bytes())


def errors_in_pixels(predictions: list) -> float:
    """Mean distance over all joints, in pixels of the pictures."""
    distances = [sample['pred_instances']['keypoints'] - sample['gt_instances']['keypoints'] for sample in predictions]
    return float(np.linalg.norm(np.stack(distances), axis=-1).mean())


def test_own_prior(root, tmp_path):
    figures, predictions = train_and_test(root, tmp_path, 'kpgan_h36m_full', *JUDGE)
    assert len(predictions) == 12
    assert {sample['activity'] for sample in predictions} == {'directions', 'takingphoto'}
    assert figures['EPE'] == pytest.approx(errors_in_pixels(predictions), rel=1e-4)
    # As many test frames of both activities, so what no judge has touched is the mean over images, too.
    assert figures['keypointgan_pixels/error_unjudged'] == pytest.approx(figures['EPE'], rel=1e-4)
    assert figures.keys() >= {
        f'keypointgan_pixels/{name}' for name in ('error', 'error/takingphoto', 'judge_flip_rate')
    }
    assert figures['keypointgan_pixels/mean_prior_error'] > 0
    (sheet,) = (tmp_path / 'contact_sheets').iterdir()
    assert cv2.imread(str(sheet)).std() > 10


def test_prior_of_another_data_set(root, tmp_path):
    """28 joints are learned; the 17 of Human3.6M, in its order, are predicted, with the mirrored picture too."""
    figures, predictions = train_and_test(
        root, tmp_path, 'kpgan_h36m_full_3dhp', *JUDGE, 'model.test_cfg.flip_test=True'
    )
    state = torch.load(tmp_path / 'iter_2.pth', weights_only=True)['state_dict']
    last = [value for name, value in state.items() if name.startswith('head.regressor.') and value.ndim == 4][-1]
    assert len(last) == 28
    for kind in ('keypoints', 'keypoints_judge'):
        assert {sample['pred_instances'][kind].shape for sample in predictions} == {(1, 17, 2)}
    assert figures['EPE'] == pytest.approx(errors_in_pixels(predictions), rel=1e-4)
    assert figures['keypointgan_pixels/error_unjudged'] == pytest.approx(figures['EPE'], rel=1e-4)
    assert len(list((tmp_path / 'contact_sheets').iterdir())) == 1
    assert figures['keypointgan_pixels/mirrored_minimum'] <= figures['keypointgan_pixels/error']
    assert figures['keypointgan_pixels/mean_prior_error'] > 0


@pytest.mark.parametrize('flip_test', [False, True])
def test_the_estimator_hands_out_the_chosen_joints_alone(flip_test):
    """MMPose's own option on our head: chosen after the mirrored picture is averaged in, by all joints' swaps."""
    torch.manual_seed(0)
    model = MODELS.build(model_config()).eval()
    predictions = []
    for chosen in ({}, dict(output_keypoint_indices=[3, 0])):
        model.test_cfg = dict(flip_test=flip_test, **chosen)
        samples = model.test_step(batch(2))
        predictions.append(np.concatenate([sample.pred_instances.keypoints for sample in samples]))
    whole, chosen = predictions
    assert whole.shape == (2, 4, 2)
    np.testing.assert_array_equal(chosen, whole[:, [3, 0]])
