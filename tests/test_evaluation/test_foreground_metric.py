import numpy as np
import pytest

from kpgan_mm.evaluation import ForegroundShare
from kpgan_mm.registry import METRICS


class CornerPrior:
    """A pose prior whose mean sits in the upper left and lower right corners of the crop."""

    def mean(self):
        return np.array([[-1.0, -1.0], [1.0, 1.0]])


def make_sample(keypoints, with_box=True):
    mask = np.zeros((8, 16), bool)
    mask[:, 8:12] = True
    instances = {'bboxes': np.array([[8.0, 0.0, 16.0, 8.0]])} if with_box else {}
    return {
        'pred_instances': {'keypoints': np.asarray(keypoints, np.float32)[None]},
        'gt_instances': instances,
        'foreground': mask,
        'input_size': (8, 8),
        'input_center': np.array([12.0, 4.0]),
        'input_scale': np.array([8.0, 8.0]),
    }


def test_shares_by_hand():
    metric = ForegroundShare(prior=CornerPrior())
    metric.process(None, [make_sample([[9.0, 1.0], [3.0, 1.0]]), make_sample([[9.0, 1.0], [10.0, 5.0]])])
    figures = metric.evaluate(2)
    assert figures['foreground/share'] == pytest.approx(75.0)
    # of the box, columns 8 to 15, the mask covers columns 8 to 11
    assert figures['foreground/chance'] == pytest.approx(50.0)
    # the corners are pixels (8, 0) and (15, 7)
    assert figures['foreground/mean_prior_share'] == pytest.approx(50.0)


def test_chance_of_the_whole_image():
    metric = METRICS.build(dict(type='kpgan_mm.ForegroundShare'))
    metric.process(None, [make_sample([[9.0, 1.0]], with_box=False)])
    figures = metric.evaluate(1)
    assert figures == pytest.approx({'foreground/share': 100.0, 'foreground/chance': 25.0})


def test_missing_mask():
    sample = make_sample([[0.0, 0.0]])
    del sample['foreground']
    with pytest.raises(ValueError, match='meta_keys of PackPoseInputs'):
        ForegroundShare().process(None, [sample])
