import pytest
import torch

from kpgan_mm.models import FramePairDataPreprocessor
from tests.toys import SIZE, batch


def flat(blue: int, green: int, red: int) -> torch.Tensor:
    """One colour, in the channel order of OpenCV."""
    return torch.tensor([blue, green, red], dtype=torch.uint8)[:, None, None].expand(3, SIZE, SIZE)


def test_both_frames_become_rgb_between_minus_one_and_one():
    data = batch(2)
    data['inputs'] = [flat(0, 51, 255), flat(255, 0, 0)]
    data['ref_inputs'] = [flat(255, 102, 0), flat(0, 0, 204)]
    prepared = FramePairDataPreprocessor()(data, True)
    assert prepared.keys() == {'inputs', 'ref_inputs', 'data_samples'}
    # p / 127.5 - 1, red first.
    expected = dict(inputs=[[1, -0.6, -1], [-1, -1, 1]], ref_inputs=[[-1, -0.2, 1], [0.6, -1, -1]])
    for key, colours in expected.items():
        assert prepared[key].shape == (2, 3, SIZE, SIZE) and prepared[key].dtype == torch.float32
        assert torch.allclose(prepared[key][:, :, 3, 5], torch.tensor(colours, dtype=torch.float32), atol=1e-6), key
        assert prepared[key].is_contiguous(memory_format=torch.channels_last)
    poses = [sample.gt_instance_labels.prior_keypoints for sample in prepared['data_samples']]
    assert torch.equal(poses[1], data['data_samples'][1].gt_instance_labels.prior_keypoints)


def test_the_same_frame_twice_stays_the_same():
    data = batch(3)
    data['ref_inputs'] = [image.clone() for image in data['inputs']]
    prepared = FramePairDataPreprocessor()(data)
    assert torch.equal(prepared['inputs'], prepared['ref_inputs'])
    assert prepared['inputs'].min() >= -1 and prepared['inputs'].max() <= 1 and prepared['inputs'].std() > 0.5


def test_another_normalisation_holds_for_both():
    data = batch(1)
    data['inputs'], data['ref_inputs'] = [flat(10, 20, 30)], [flat(40, 50, 60)]
    prepared = FramePairDataPreprocessor(mean=(0, 10, 20), std=(1, 2, 10), bgr_to_rgb=False)(data)
    assert prepared['inputs'][0, :, 0, 0].tolist() == pytest.approx([10, 5, 1])
    assert prepared['ref_inputs'][0, :, 0, 0].tolist() == pytest.approx([40, 20, 4])


def test_a_single_frame_has_no_reference():
    data = batch(2)
    for without in ({**data, 'ref_inputs': None}, {key: data[key] for key in ('inputs', 'data_samples')}):
        assert FramePairDataPreprocessor()(without).keys() == {'inputs', 'data_samples'}
