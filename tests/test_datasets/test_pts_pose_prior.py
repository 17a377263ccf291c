import numpy as np
import pytest

from kpgan_mm.datasets import PtsPosePrior
from kpgan_mm.registry import TASK_UTILS
from tests.faces import face, write_pts


@pytest.fixture
def tree(tmp_path):
    """As MultiPIE: a folder a view; 39 points in profile views."""
    root = tmp_path / 'multipie'
    for seed in range(5):
        write_pts(root / 'frontal' / f'{seed}.pts', face(seed), header=seed % 2 == 0)
    for seed in range(3):
        write_pts(root / 'profile' / f'{seed}.pts', face(seed, 39))
    return root


def test_faces_are_fitted_and_profiles_counted(tree):
    prior = PtsPosePrior(str(tree))
    assert len(prior) == 5 and prior.num_keypoints == 68 and prior.num_left_out == 3
    assert [file.rsplit('/', 1)[1] for file in prior.files] == [f'{seed}.pts' for seed in range(5)]
    # Pixels of a crop of 128: the middle of the face at 64, the longer extent 1 / 1.25 of 128.
    pixels = (prior.poses + 1) / 2 * 127
    np.testing.assert_allclose(np.ptp(pixels, axis=1).max(axis=-1), 102.4, rtol=1e-5)
    np.testing.assert_allclose((pixels.min(axis=1) + pixels.max(axis=1)) / 2, 64, atol=1e-3)
    extent = np.ptp(face(3), axis=0).max()
    centre = (face(3).min(axis=0) + face(3).max(axis=0)) / 2
    np.testing.assert_allclose(pixels[3], (face(3) - centre) / extent * 102.4 + 64, atol=1e-3)
    np.testing.assert_allclose(prior.mean(), prior.poses.mean(axis=0))


def test_subsets_are_chosen_by_the_seed(tree):
    first, again, *others = (
        TASK_UTILS.build(dict(type='kpgan_mm.PtsPosePrior', paths=str(tree), num_poses=2, seed=seed))
        for seed in (0, 0, 1, 2, 3)
    )
    assert first.files == again.files and any(first.files != other.files for other in others)
    everything = PtsPosePrior(str(tree))
    for file, pose in zip(first.files, first.poses, strict=True):
        np.testing.assert_array_equal(pose, everything.poses[everything.files.index(file)])


def test_lists_may_hold_files_and_folders(tree):
    chosen = [str(tree / 'frontal' / '4.pts'), str(tree / 'frontal' / '2.pts'), str(tree / 'profile')]
    prior = PtsPosePrior(chosen)
    assert [file[-5:] for file in prior.files] == ['2.pts', '4.pts'] and prior.num_left_out == 3
    assert len(PtsPosePrior([str(tree), str(tree / 'frontal' / '4.pts')])) == 5


def test_what_cannot_be_used_is_refused(tree, tmp_path):
    with pytest.raises(FileNotFoundError, match='none is neither a .pts file nor a folder'):
        PtsPosePrior(str(tmp_path / 'none'))
    with pytest.raises(ValueError, match=r'profile has no .pts file of 68 points \(left out: 3\)'):
        PtsPosePrior(str(tree / 'profile'))
    write_pts(tree / 'frontal' / '9.pts', face(9, 66))
    with pytest.raises(ValueError, match='9.pts holds 66 points, but 68 are needed'):
        PtsPosePrior(str(tree))
    (tree / 'frontal' / '9.pts').write_text('1 2\n3 four\n')
    with pytest.raises(ValueError, match='9.pts, line 2: expected two numbers'):
        PtsPosePrior(str(tree))
