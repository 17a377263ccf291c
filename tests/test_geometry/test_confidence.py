"""Confidences worked by hand."""

import math

import pytest
import torch

from kpgan_mm.geometry import (
    marginal_peak_mass,
    marginal_soft_argmax,
    peak_mass,
    render_skeleton,
    skeleton_agreement,
)

EMPTY = torch.full((1, 1, 3, 3), -1.0)
CENTRE = torch.zeros(1, 1, 2)


def inked(*pixels: tuple[int, int, float]) -> torch.Tensor:
    """A 3 x 3 skeleton image with ink at (row, column)."""
    image = EMPTY.clone()
    for row, column, ink in pixels:
        image[0, 0, row, column] = 2 * ink - 1
    return image


class TestSkeletonAgreement:
    def test_equal_images_agree(self):
        keypoints = torch.tensor([[[-0.5, 0.0], [0.5, 0.2]]])
        clean = render_skeleton(keypoints, [(0, 1)], (16, 16))
        torch.testing.assert_close(skeleton_agreement(clean, clean, keypoints), torch.ones(1, 2))

    def test_missing_and_superfluous_ink_count_alike(self):
        full, half = inked((1, 1, 1.0)), inked((1, 1, 0.5))
        assert skeleton_agreement(half, full, CENTRE).item() == pytest.approx(0.5)
        assert skeleton_agreement(full, half, CENTRE).item() == pytest.approx(0.5)
        assert skeleton_agreement(EMPTY, full, CENTRE).item() == 0

    def test_weighs_by_distance(self):
        """Ink at the keypoint, and as much one pixel to the right in the raw image alone: its weight is exp(-1/2)."""
        raw, clean = inked((1, 1, 1.0), (1, 2, 1.0)), inked((1, 1, 1.0))
        found = skeleton_agreement(raw, clean, CENTRE, width=1.0).item()
        assert found == pytest.approx(1 / (1 + math.exp(-0.5)))
        # Above it weighs the same, at the corner both factors.
        raw = inked((1, 1, 1.0), (0, 1, 1.0), (0, 0, 1.0))
        found = skeleton_agreement(raw, clean, CENTRE, width=1.0).item()
        assert found == pytest.approx(1 / (1 + math.exp(-0.5) + math.exp(-1)))

    def test_is_local(self):
        """What is wrong at one end of a bone does not touch the other."""
        keypoints = torch.tensor([[[-0.8, 0.0], [0.8, 0.0]]])
        clean = render_skeleton(keypoints, [(0, 1)], (32, 32))
        raw = clean.clone()
        raw[..., 24:] = -1
        left, right = skeleton_agreement(raw, clean, keypoints)[0].tolist()
        assert left > 0.999 and right < 0.5

    def test_nothing_drawn_is_no_confidence(self):
        assert skeleton_agreement(EMPTY, EMPTY, CENTRE).item() == 0

    def test_raw_images_may_leave_the_range(self):
        assert skeleton_agreement(inked((1, 1, 3.0)), inked((1, 1, 1.0)), CENTRE).item() == pytest.approx(1)
        assert skeleton_agreement(EMPTY - 5, inked((1, 1, 1.0)), CENTRE).item() == 0

    def test_half_precision_in_float_out(self):
        keypoints = torch.tensor([[[-0.5, 0.0], [0.5, 0.2]]])
        clean = render_skeleton(keypoints, [(0, 1)], (16, 16))
        with torch.autocast('cpu', torch.bfloat16):
            found = skeleton_agreement(clean.bfloat16(), clean, keypoints)
        assert found.dtype == torch.float32 and (found > 0.97).all()

    def test_gradients_reach_the_raw_image(self):
        raw = inked((1, 1, 0.5)).requires_grad_()
        skeleton_agreement(raw, inked((1, 1, 1.0)), CENTRE).sum().backward()
        assert raw.grad[0, 0, 1, 1] > 0

    @pytest.mark.parametrize(
        ('arguments', 'message'),
        [
            ((EMPTY, EMPTY[..., :2], CENTRE), 'two of one shape'),
            ((EMPTY.expand(1, 2, 3, 3),) * 2 + (CENTRE,), 'two of one shape'),
            ((EMPTY, EMPTY, CENTRE[0]), r'keypoints must be \(B, K, 2\)'),
            ((EMPTY, EMPTY, CENTRE, 0.0), 'width must be positive'),
        ],
    )
    def test_refuses(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            skeleton_agreement(*arguments)


class TestPeakMass:
    def test_all_mass_at_the_keypoint(self):
        maps = torch.zeros(1, 2, 3, 3)
        maps[0, 0, 1, 1] = maps[0, 1, 0, 2] = 1
        keypoints = torch.tensor([[[0.0, 0.0], [1.0, -1.0]]])
        assert peak_mass(maps, keypoints).tolist() == [[1, 1]]

    def test_two_peaks_put_the_keypoint_between_them(self):
        """Half the mass a unit to the left, half to the right: exp(-1 / (2 width^2)) of it counts."""
        maps = torch.zeros(1, 1, 3, 3)
        maps[0, 0, 1, 0] = maps[0, 0, 1, 2] = 0.5
        assert peak_mass(maps, CENTRE, width=0.5).item() == pytest.approx(math.exp(-2))

    def test_marginals(self):
        """Logits of 0 but in one column: x is sure, y is even over three rows."""
        heatmaps = torch.zeros(1, 1, 3, 3)
        heatmaps[..., 1] = 1000
        keypoints = marginal_soft_argmax(heatmaps)
        found = marginal_peak_mass(heatmaps, keypoints, width=1.0).item()
        assert found == pytest.approx((1 + 2 * math.exp(-0.5)) / 3)

    def test_refuses(self):
        with pytest.raises(ValueError, match='one map a keypoint'):
            peak_mass(torch.zeros(1, 2, 3, 3), CENTRE)
