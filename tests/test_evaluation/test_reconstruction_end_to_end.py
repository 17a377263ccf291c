"""``test_cfg=dict(reconstruct=True)`` from the estimator through a Runner's test to the metric."""

import pytest
import torch
from mmengine.runner import Runner

from kpgan_mm.registry import MODELS
from tests.small_runs import puppet_config
from tests.toys import SIZE, batch, model_config


def predicted(model, data: dict) -> list:
    return model.eval().test_step({key: data[key] for key in ('inputs', 'data_samples')})


def test_errors_by_hand():
    torch.manual_seed(0)
    model = MODELS.build(model_config(test_cfg=dict(reconstruct=True)))
    model.generator.forward = lambda skeleton, reference: torch.full_like(reference, 0.5)
    data = batch(3)
    data['inputs'] = [torch.full((3, SIZE, SIZE), value, dtype=torch.uint8) for value in (0, 255, 51)]
    samples = predicted(model, data)
    # In units of the full range: the reconstruction is at 0.75, the pictures at 0, 1 and 0.2.
    assert [sample.reconstruction_error for sample in samples] == pytest.approx([0.75, 0.25, 0.55], abs=1e-6)
    # Every picture against its neighbour, the first against the last.
    assert [sample.copy_reference_error for sample in samples] == pytest.approx([0.2, 1.0, 0.8], abs=1e-6)


def test_it_is_asked_for_and_changes_no_keypoint():
    torch.manual_seed(0)
    model = MODELS.build(model_config())
    plain = predicted(model, batch(2))
    assert not any('reconstruction_error' in sample for sample in plain)
    model.test_cfg = dict(reconstruct=True)
    for sample, before in zip(predicted(model, batch(2)), plain, strict=True):
        assert 0 < sample.reconstruction_error < 10
        assert (sample.pred_instances.keypoints == before.pred_instances.keypoints).all()


def test_runner(tmp_path):
    cfg = puppet_config(tmp_path, 1)
    cfg.model.test_cfg = dict(reconstruct=True)
    cfg.test_evaluator = [dict(type='kpgan_mm.ReconstructionError')]
    figures = Runner.from_cfg(cfg).test()
    assert 0 < figures['reconstruction/copy_reference_error'] < 1
    assert figures['reconstruction/ratio_to_copy'] == pytest.approx(
        figures['reconstruction/error'] / figures['reconstruction/copy_reference_error']
    )


def test_an_image_alone_in_its_batch_is_not_its_own_reference():
    model = MODELS.build(model_config(test_cfg=dict(reconstruct=True)))
    sample = predicted(model, batch(1))[0]
    assert 'pred_instances' in sample
    assert 'reconstruction_error' not in sample and 'copy_reference_error' not in sample
