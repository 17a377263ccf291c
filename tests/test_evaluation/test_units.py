import numpy as np
import pytest

from kpgan_mm.evaluation.units import check_unit, unit_length

# a box of 200 x 100; the eyes are 50 pixels apart
SAMPLE = {'gt_instances': {'bboxes': np.array([[10.0, 10.0, 210.0, 110.0]])}, 'img_path': 'face.jpg'}
TARGET = np.array([[0.0, 0.0], [30.0, 40.0], [9.0, 9.0]])


@pytest.mark.parametrize(
    ('unit', 'length'), [('percent', 2.0), ('pixels', 1.0), ('inter_ocular', 0.5), ('side_255', 200 / 255)]
)
def test_length_by_hand(unit, length):
    assert unit_length(unit, SAMPLE, TARGET) == pytest.approx(length)


def test_other_eyes():
    assert unit_length('inter_ocular', SAMPLE, TARGET, eyes=(2, 0)) == pytest.approx(np.hypot(9, 9) / 100)


def test_errors_are_one_sentence():
    with pytest.raises(ValueError, match="no unit 'metres': use one of percent, pixels, inter_ocular, side_255"):
        check_unit('metres')
    with pytest.raises(ValueError, match='eyes must be two different joints below 3'):
        unit_length('inter_ocular', SAMPLE, TARGET, eyes=(0, 3))
    with pytest.raises(ValueError, match='image face.jpg are labelled at one place'):
        unit_length('inter_ocular', SAMPLE, np.zeros((3, 2)))
    with pytest.raises(ValueError, match='a bounding box in the data set is empty'):
        unit_length('percent', {'gt_instances': {'bboxes': np.zeros((1, 4))}}, TARGET)
