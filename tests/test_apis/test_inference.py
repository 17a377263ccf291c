from copy import deepcopy

import cv2
import numpy as np
import pytest
import torch
from mmpose.apis import inference_topdown

from kpgan_mm.apis import init_keypoint_model, predict, predict_samples, reenact
from kpgan_mm.utils.checkpoint import UntrustedCheckpointError


class NotData:
    """Something that a checkpoint should not bring along."""


@pytest.fixture(scope='module')
def model(config_file, checkpoint):
    return init_keypoint_model(config_file, checkpoint)


def test_init_loads_the_weights(model, keypoint_config, checkpoint):
    assert not model.training
    assert model.dataset_meta['num_keypoints'] == 3
    saved = torch.load(checkpoint, weights_only=True)['state_dict']
    assert all(torch.equal(value, saved[key]) for key, value in model.state_dict().items())
    assert init_keypoint_model(deepcopy(keypoint_config)).dataset_meta['dataset_name'] == 'three'


def test_missing_checkpoint(keypoint_config, tmp_path):
    with pytest.raises(FileNotFoundError, match='nothing.pth'):
        init_keypoint_model(deepcopy(keypoint_config), tmp_path / 'nothing.pth')


def test_only_trusted_checkpoints_may_run_code(keypoint_config, checkpoint, tmp_path):
    path = tmp_path / 'foreign.pth'
    content = torch.load(checkpoint, weights_only=True)
    torch.save({**content, 'extra': NotData()}, path)
    with pytest.raises(UntrustedCheckpointError, match='--trust-checkpoint'):
        init_keypoint_model(deepcopy(keypoint_config), path)
    assert init_keypoint_model(deepcopy(keypoint_config), path, trust_checkpoint=True) is not None
    # the trust ends with the call
    with pytest.raises(UntrustedCheckpointError):
        init_keypoint_model(deepcopy(keypoint_config), path)


def test_the_checkpoint_of_another_model(keypoint_config, checkpoint, tmp_path):
    weights = torch.load(checkpoint, weights_only=True)['state_dict']
    torch.save({'state_dict': {k: v for k, v in weights.items() if k.startswith('head.')}}, tmp_path / 'regressor.pth')
    with pytest.raises(ValueError, match=r'regressor\.pth does not fit .*it has no backbone\.'):
        init_keypoint_model(deepcopy(keypoint_config), tmp_path / 'regressor.pth')


def test_predict_equals_mmpose(model, images):
    keypoints = predict(model, images)
    assert keypoints.shape == (3, 3, 2) and keypoints.dtype == np.float32
    expected = inference_topdown(model, images[1])[0].pred_instances.keypoints[0]
    np.testing.assert_allclose(keypoints[1], expected, atol=1e-4)
    assert predict(model, []).shape == (0, 3, 2)


def test_predict_in_a_box(model, images):
    box = (10, 5, 40, 35)
    expected = inference_topdown(model, images[0], bboxes=[box])[0].pred_instances.keypoints[0]
    np.testing.assert_allclose(predict(model, images[:1], box)[0], expected, atol=1e-4)
    with pytest.raises(ValueError, match='x1 < x2'):
        predict(model, images, (10, 5, 10, 35))


def test_predict_from_files(model, images, tmp_path):
    path = tmp_path / 'image.png'
    cv2.imwrite(str(path), images[0])
    np.testing.assert_allclose(predict(model, [path]), predict(model, images[:1]), atol=1e-5)
    with pytest.raises(FileNotFoundError, match='image .* does not exist'):
        predict(model, [tmp_path / 'nothing.png'])
    (tmp_path / 'text.png').write_text('no picture')
    with pytest.raises(ValueError, match='cannot be decoded'):
        predict(model, [tmp_path / 'text.png'])
    with pytest.raises(ValueError, match='H, W, 3'):
        predict(model, [np.zeros((4, 4))])


def test_samples_carry_scores(model, images):
    samples = predict_samples(model, images)
    assert [sample.pred_instances.keypoint_scores.shape for sample in samples] == [(1, 3)] * 3


def test_reenact(model, images):
    picture = reenact(model, images[0], images[1])
    assert picture.shape == (32, 32, 3) and picture.dtype == np.uint8


def test_reenact_takes_pose_and_appearance_from_their_images(model, images, monkeypatch):
    monkeypatch.setattr(
        model, 'visuals', lambda geometry, appearance: {'reconstructions': geometry.minimum(appearance)}
    )
    blue, magenta = np.zeros((2, 32, 32, 3), np.uint8)
    blue[..., 0] = magenta[..., 0] = magenta[..., 2] = 255
    # blue comes first in BGR
    assert reenact(model, magenta, blue)[16, 16].tolist() == [255, 0, 0]
    monkeypatch.setattr(model, 'visuals', lambda geometry, appearance: {'reconstructions': appearance})
    assert reenact(model, magenta, blue)[16, 16].tolist() == [255, 0, 0]
    assert reenact(model, blue, magenta)[16, 16].tolist() == [255, 0, 255]


def test_reenact_needs_a_generator(images):
    with pytest.raises(ValueError, match='can only predict'):
        reenact(torch.nn.Linear(1, 1), images[0], images[1])


def test_a_device_that_is_not_there(config_file, checkpoint):
    for device in ('cuda:99', 'abacus'):
        with pytest.raises(ValueError, match=f'{device} cannot be used: .*; give another device, such as cpu'):
            init_keypoint_model(config_file, checkpoint, device=device)
