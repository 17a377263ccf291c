"""A trained checkpoint outside its training: in a stock estimator, in MMPose's inferencer, and without any package."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.apis import MMPoseInferencer, inference_topdown, init_model
from mmpose.models.pose_estimators import TopdownPoseEstimator

from kpgan_mm.apis import init_keypoint_model, predict, predict_files, predict_samples
from kpgan_mm.registry import DATASETS
from tests.small_runs import puppet_config, train
from tests.toys import forget_runs


@pytest.fixture(scope='module', params=['kpgan_puppets', 'autolink_puppets', 'imm_puppets'])
def trained(request, tmp_path_factory):
    """Configuration file and checkpoint of an estimator of two iterations."""
    folder = tmp_path_factory.mktemp('trained')
    cfg = puppet_config(folder, 2, request.param)
    if request.param == 'imm_puppets':
        # Its own initialisation begins with all keypoints in the middle.
        cfg.model.backbone.init_cfg = dict(type='Normal', layer=['Conv2d'], std=0.3)
    train(cfg)
    cfg.dump(folder / 'config.py')
    forget_runs()
    return folder / 'config.py', folder / 'iter_2.pth'


@pytest.fixture(scope='module')
def images(trained, tmp_path_factory):
    """Two puppets, the second enlarged and not square, as lossless files."""
    cfg = Config.fromfile(trained[0])
    init_default_scope('mmpose')
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    folder = tmp_path_factory.mktemp('images')
    files = []
    for index, size in enumerate([(64, 64), (150, 110)]):
        picture = dataset[index]['inputs'].numpy().transpose(1, 2, 0)
        files.append(str(folder / f'{index}.png'))
        cv2.imwrite(files[-1], cv2.resize(picture, size))
    forget_runs()
    return files


@pytest.fixture(scope='module')
def samples(trained, images):
    """Predictions by the training's own configuration, one picture at a time."""
    model = init_keypoint_model(*trained)
    return [predict_samples(model, [image])[0].pred_instances for image in images]


@pytest.fixture(scope='module')
def ours(samples):
    """Their keypoints."""
    return np.concatenate([sample.keypoints for sample in samples]).astype(np.float32)


@pytest.fixture(scope='module')
def our_scores(samples):
    """Their confidences."""
    return np.concatenate([sample.keypoint_scores for sample in samples])


def stock_config(trained, preprocessor: dict) -> Config:
    """Nothing but MMPose's estimator with our two networks."""
    cfg = Config.fromfile(trained[0])
    kept = {key: cfg.model[key] for key in ('backbone', 'head', 'test_cfg')}
    return Config(
        dict(
            default_scope='mmpose',
            model=dict(type='TopdownPoseEstimator', data_preprocessor=preprocessor, **kept),
            test_dataloader=dict(dataset=dict(pipeline=cfg.test_dataloader.dataset.pipeline)),
            dataset_type='CocoDataset',
            data_mode='topdown',
            visualizer=dict(type='PoseLocalVisualizer', name='visualizer'),
        )
    )


STOCK_PREPROCESSOR = dict(type='PoseDataPreprocessor', mean=[127.5] * 3, std=[127.5] * 3, bgr_to_rgb=True)


@pytest.mark.parametrize('preprocessor', [dict(type='kpgan_mm.FramePairDataPreprocessor'), STOCK_PREPROCESSOR])
def test_a_stock_estimator_predicts_the_same(trained, images, ours, our_scores, preprocessor):
    model = init_model(stock_config(trained, preprocessor), str(trained[1]), device='cpu')
    assert type(model) is TopdownPoseEstimator
    assert model.dataset_meta['dataset_name'] in ('puppets', 'discovered')
    # IMM finds keypoints, but no links.
    assert bool(model.dataset_meta['skeleton_links']) == ('kpgan_mm.IMM' not in trained[0].read_text())
    found = [inference_topdown(model, image)[0].pred_instances for image in images]
    np.testing.assert_array_equal(np.concatenate([one.keypoints for one in found]).astype(np.float32), ours)
    np.testing.assert_array_equal(np.concatenate([one.keypoint_scores for one in found]), our_scores)
    assert our_scores.min() >= 0 and our_scores.max() <= 1 and len(np.unique(our_scores)) > ours.shape[1]
    assert ours[1, :, 0].min() >= 0 and 64 < ours[1, :, 0].max() < 150
    assert len(np.unique(ours[1].round(2), axis=0)) == ours.shape[1]  # or equality would say nothing


@pytest.mark.parametrize('stock', [False, True])
def test_mmposes_inferencer_predicts_the_same(trained, images, ours, our_scores, stock, tmp_path):
    config = str(trained[0])
    if stock:
        config = str(tmp_path / 'stock.py')
        stock_config(trained, dict(type='kpgan_mm.FramePairDataPreprocessor')).dump(config)
    inferencer = MMPoseInferencer(pose2d=config, pose2d_weights=str(trained[1]), det_model='whole_image', device='cpu')
    results = list(inferencer(images, show_progress=False, out_dir=str(tmp_path / 'out')))
    theirs = np.array([result['predictions'][0][0]['keypoints'] for result in results], np.float32)
    np.testing.assert_array_equal(theirs, ours)
    scores = np.array([result['predictions'][0][0]['keypoint_scores'] for result in results], np.float32)
    np.testing.assert_array_equal(scores, our_scores)
    for folder, suffix in (('visualizations', 'png'), ('predictions', 'json')):
        assert {file.name for file in (tmp_path / 'out' / folder).iterdir()} == {f'0.{suffix}', f'1.{suffix}'}


def test_files_hold_the_same(trained, images, ours, our_scores, tmp_path):
    model = init_keypoint_model(*trained)
    for index, image in enumerate(images):
        predict_files(model, image, tmp_path)
        arrays = np.load(tmp_path / 'predictions.npz')
        np.testing.assert_array_equal(arrays['scores'][0], our_scores[index])
        np.testing.assert_array_equal(arrays['keypoints'][0], ours[index])
        annotation = json.loads((tmp_path / 'predictions.json').read_text())['annotations'][0]
        assert annotation['keypoint_scores'] == pytest.approx(our_scores[index], abs=1e-6)
        row = (tmp_path / 'predictions.csv').read_text().splitlines()[3].split(',')
        assert [float(value) for value in row[3::3]] == pytest.approx(our_scores[index], abs=1e-6)


def test_the_checkpoint_is_data(trained):
    """For a process that knows of nothing but PyTorch."""
    program = (
        'import sys, torch\n'
        'assert not torch.serialization.get_unsafe_globals_in_checkpoint(sys.argv[1])\n'
        'checkpoint = torch.load(sys.argv[1], weights_only=True)\n'
        'assert not {"kpgan_mm", "mmengine", "mmpose"} & set(sys.modules)\n'
        'assert {"meta", "state_dict", "optimizer", "message_hub"} <= checkpoint.keys()\n'
        'print(checkpoint["meta"]["iter"])\n'
    )
    command = [sys.executable, '-c', program, str(trained[1])]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ('2\n', '')


def test_another_checkpoint_predicts_otherwise(trained, images, ours, tmp_path):
    checkpoint = torch.load(trained[1], weights_only=True)
    weights = checkpoint['state_dict']
    names = ('head.regressor.trunk.closing.weight', 'head.final_layer.weight', 'backbone.trunk.closing.weight')
    last = set(names) & weights.keys()
    weights = weights[last.pop()]
    weights += torch.randn(weights.shape, generator=torch.Generator().manual_seed(0))
    torch.save(checkpoint, tmp_path / 'other.pth')
    other = predict(init_keypoint_model(trained[0], tmp_path / 'other.pth'), images)
    assert np.abs(other - ours).max() > 1
