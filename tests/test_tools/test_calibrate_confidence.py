"""tools/analysis_tools/calibrate_confidence.py on puppets, with a network of two iterations."""

import cv2
import numpy as np
import pytest
import torch

from kpgan_mm.apis import build_test_set, init_keypoint_model, predict_samples
from tests.small_runs import puppet_config, train
from tests.toys import forget_runs, load_tool

tool = load_tool('analysis_tools/calibrate_confidence')


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp('trained')
    cfg = puppet_config(folder, 2)
    train(cfg)
    cfg.dump(folder / 'config.py')
    forget_runs()
    return str(folder / 'config.py'), str(folder / 'iter_2.pth')


@pytest.fixture
def out(tmp_path):
    return tmp_path / 'deep' / 'calibrated.pth'


def test_a_calibrated_copy(trained, out, capsys):
    before = torch.load(trained[1], weights_only=True)
    # Within 20 % some keypoints of an untrained network are right.
    tool.main([*trained, '--out', str(out), '--within', '20'])
    printed = capsys.readouterr().out
    assert 'fitted on 8 images: slope ' in printed and f'wrote {out} and {out.with_suffix(".png")}' in printed
    assert 'raw, test set: 42 keypoints, ' in printed and 'calibrated, test set: 42 keypoints, ' in printed
    assert cv2.imread(str(out.with_suffix('.png'))).shape == (720, 600, 3)
    after = torch.load(out, weights_only=True)
    changed = {
        name for name, value in after['state_dict'].items() if not torch.equal(value, before['state_dict'][name])
    }
    assert changed and all(name.startswith('head.calibration.') for name in changed)
    assert after['meta']['iter'] == 2 and after['state_dict']['head.calibration.within'].item() == pytest.approx(0.2)

    raw, calibrated = (init_keypoint_model(trained[0], checkpoint) for checkpoint in (trained[1], out))
    assert calibrated.head.calibration.is_fitted and not raw.head.calibration.is_fitted
    images = [build_test_set(raw.cfg)[0]]
    one, other = (predict_samples(model, images)[0].pred_instances for model in (raw, calibrated))
    assert np.array_equal(one.keypoints, other.keypoints)
    expected = calibrated.head.calibration(torch.as_tensor(one.keypoint_scores))
    assert other.keypoint_scores == pytest.approx(expected.numpy(), abs=1e-6)
    assert np.abs(other.keypoint_scores - one.keypoint_scores).max() > 0.01


def test_again_gives_the_same(trained, out):
    """A calibration that is there already is not fitted upon."""
    tool.main([*trained, '--out', str(out), '--within', '20'])
    first = torch.load(out, weights_only=True)['state_dict']
    tool.main([trained[0], str(out), '--out', str(out.with_name('again.pth')), '--within', '20'])
    second = torch.load(out.with_name('again.pth'), weights_only=True)['state_dict']
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--within', '0'], "--within must be a share of the image's side in per cent, got 0"),
        (['--within', '0.0001'], '0 of 112 labelled keypoints are right: a calibration needs right and wrong ones'),
        (['--cfg-options', 'test_cfg.fit_dataloader=None'], 'no labelled images to calibrate on: give test_cfg a fit_'),
        (
            ['--cfg-options', 'test_cfg.fit_dataloader.dataset.split=test'],
            'of the images in fit_dataloader are evaluated as well',
        ),
    ],
)
def test_refuses(trained, out, arguments, message):
    with pytest.raises(SystemExit, match=f'error: .*{message}'):
        tool.main([*trained, '--out', str(out), *arguments])
    assert not out.exists()
