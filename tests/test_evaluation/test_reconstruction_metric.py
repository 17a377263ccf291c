import pytest
from mmpose.structures import PoseDataSample

from kpgan_mm.evaluation import ReconstructionError


def make_sample(error, copy_error):
    sample = PoseDataSample()
    sample.set_field(error, 'reconstruction_error')
    sample.set_field(copy_error, 'copy_reference_error')
    return sample.to_dict()


def test_means_and_ratio():
    metric = ReconstructionError()
    metric.process(None, [make_sample(0.1, 0.2), make_sample(0.3, 0.6)])
    figures = metric.evaluate(2)
    assert figures['reconstruction/error'] == pytest.approx(0.2)
    assert figures['reconstruction/copy_reference_error'] == pytest.approx(0.4)
    assert figures['reconstruction/ratio_to_copy'] == pytest.approx(0.5)


def test_still_images():
    metric = ReconstructionError()
    metric.process(None, [make_sample(0.1, 0.0)])
    assert metric.evaluate(1)['reconstruction/ratio_to_copy'] == float('inf')


def test_says_how_to_get_the_values():
    metric = ReconstructionError()
    metric.process(None, [PoseDataSample().to_dict()])
    with pytest.raises(ValueError, match='test_cfg.reconstruct=True'):
        metric.evaluate(1)


def test_samples_without_a_reference_do_not_count():
    metric = ReconstructionError()
    metric.process(None, [make_sample(0.1, 0.2), PoseDataSample().to_dict()])
    assert metric.evaluate(2)['reconstruction/error'] == pytest.approx(0.1)
