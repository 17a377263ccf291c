import cv2
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from kpgan_mm.datasets import FramePairDataset
from kpgan_mm.datasets.draws import drawing
from kpgan_mm.datasets.thin_plate_spline_pair import REFERENCE_WARP, TARGET_WARP, RandomThinPlateSplinePair
from kpgan_mm.geometry import random_thin_plate_splines
from kpgan_mm.registry import TRANSFORMS
from tests.toys import METAINFO

STILL = dict(rotation=0.0, scale=0.0, translation=0.0, warp=(0.0, 0.0))
PICTURE = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
INDICES = [3, 2**62 + 5, 17, 4]


def warped(index, image=PICTURE, **options):
    with drawing(index):
        return RandomThinPlateSplinePair(**options)(dict(img=[image, image]))['img']


def test_released_parameters():
    assert dict(rotation=5.0, scale=0.05, translation=0.05, warp=(0.0, 0.0)) == TARGET_WARP
    assert dict(rotation=5.0, scale=0.05, translation=0.05, warp=(0.0005, 0.005)) == REFERENCE_WARP
    by_default = RandomThinPlateSplinePair()
    assert by_default.target is None and by_default.reference == REFERENCE_WARP
    changed = TRANSFORMS.build(dict(type='RandomThinPlateSplinePair', target=dict(rotation=1.0)))
    assert changed.target == TARGET_WARP | dict(rotation=1.0)


def test_without_randomness_nothing_changes():
    for image in warped(0, target=STILL, reference=STILL):
        np.testing.assert_array_equal(image, PICTURE)
        assert image.dtype == np.uint8


def test_the_reference_alone_or_both():
    target, reference = warped(0)
    assert target is PICTURE and reference.shape == PICTURE.shape and (reference != PICTURE).mean() > 0.5
    target, reference = warped(0, target=True)
    assert (target != PICTURE).mean() > 0.5 and (target != reference).mean() > 0.5
    assert PICTURE.sum() == np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8).sum()


def test_shift_counts_in_halves_of_the_padded_canvas():
    """The spline of this draw is known from its seed: 0.05 is a standard deviation of 6.4 pixels of 128."""
    ramp = np.repeat(np.arange(128, dtype=np.uint8)[None, :, None] * 2, 128, axis=0).repeat(3, axis=2)
    only_shift = STILL | dict(translation=0.05)
    with drawing(5):
        seed = int(np.random.randint(np.iinfo(np.int64).max, dtype=np.int64))
    weights = random_thin_plate_splines(1, generator=torch.Generator().manual_seed(seed), **only_shift)
    pixels = weights[0, 100, 0].item() * 255 / 2
    assert 0.5 < abs(pixels) < 20
    moved = warped(5, ramp, reference=only_shift)[1].astype(float) - ramp
    # Two grey levels a pixel; rounded.
    assert moved[64, 64, 0] == pytest.approx(2 * pixels, abs=0.6)


def test_the_border_is_repeated():
    edge = np.full((16, 16, 3), 200, dtype=np.uint8)
    np.testing.assert_array_equal(warped(1, edge, reference=dict(translation=0.3))[1], edge)


def test_a_draw_is_a_pure_function_of_its_index():
    first = {index: warped(index, target=True) for index in INDICES}
    torch.manual_seed(99)
    torch.rand(7)
    for index in reversed(INDICES):
        np.testing.assert_array_equal(warped(index, target=True), first[index])
    assert (first[3][1] != first[4][1]).any()


def test_threads_are_as_before_and_do_not_matter():
    before = torch.get_num_threads()
    try:
        images = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            images.append(warped(11, target=True))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(*images)


def test_any_number_of_workers_gives_the_same_pairs(tmp_path):
    for name in 'abc':
        cv2.imwrite(str(tmp_path / f'{name}.png'), np.roll(PICTURE, ord(name), axis=1))
    np.savez(tmp_path / 'prior.npz', keypoints=np.zeros((3, 4, 2)))
    dataset = FramePairDataset(
        source=dict(type='kpgan_mm.FrameFolders', root=str(tmp_path)),
        prior=dict(type='kpgan_mm.NpzPosePrior', file=str(tmp_path / 'prior.npz')),
        metainfo=METAINFO,
        frame_gap=(0, 0),
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='mmpose.GetBBoxCenterScale', padding=1.0),
            dict(type='mmpose.TopdownAffine', input_size=(32, 32)),
            dict(type='kpgan_mm.RandomThinPlateSplinePair', target=True),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    )

    def draws(num_workers):
        loader = DataLoader(dataset, batch_size=2, sampler=INDICES, num_workers=num_workers, collate_fn=list)
        return [torch.stack([item['inputs'], item['ref_inputs']]) for batch in loader for item in batch]

    alone, helped = draws(0), draws(2)
    assert all(torch.equal(one, other) for one, other in zip(alone, helped, strict=True))
    assert all((pair[0] != pair[1]).any() for pair in alone)


def test_refusals():
    with pytest.raises(ValueError, match='neither target nor reference'):
        RandomThinPlateSplinePair(target=False, reference=False)
    with pytest.raises(ValueError, match='reference of RandomThinPlateSplinePair has rotation.*not angle'):
        RandomThinPlateSplinePair(reference=dict(angle=3))
    with pytest.raises(ValueError, match='begin the pipeline with LoadFramePair'):
        RandomThinPlateSplinePair()(dict(img=PICTURE))
