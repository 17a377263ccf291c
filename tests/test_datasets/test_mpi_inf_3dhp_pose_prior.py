import numpy as np
import pytest

from kpgan_mm.datasets import MpiInf3dhpPosePrior, fit_to_canvas
from kpgan_mm.datasets.mpi_inf_3dhp_pose_prior import HUMAN36M_JOINTS
from kpgan_mm.registry import TASK_UTILS
from tests.three_dhp import standing_body, write_annotations, write_preprocessed
from tests.toys import load_tool

converter = load_tool('dataset_converters/mpi_inf_3dhp_to_npz')


@pytest.fixture
def preprocessed(tmp_path):
    return write_preprocessed(tmp_path / 'mpi_inf_3dhp_train.npz')


@pytest.fixture
def real(shared_data, preprocessed):
    """MMPose's own sample, or one of the same form."""
    file = shared_data and shared_data / 'mmpose_samples' / 'mpi_inf_3dhp' / 'test_3dhp_train.npz'
    return file if file and file.is_file() else preprocessed


def test_people_stand_upright_and_their_left_is_left(preprocessed):
    """The body of the sample faces its camera: its left is to the right of the picture, its head at the top."""
    prior = TASK_UTILS.build(dict(type='MpiInf3dhpPosePrior', file=str(preprocessed), azimuth=(0, 0)))
    assert isinstance(prior, MpiInf3dhpPosePrior) and prior.poses.shape == (4, 17, 2)
    names = dict(head_top=0, neck=1, right_wrist=4, left_wrist=7, right_ankle=10, left_ankle=13)
    pose = {name: prior.poses[0, index] for name, index in names.items()}
    assert pose['head_top'][1] < pose['neck'][1] < pose['left_ankle'][1]
    assert pose['right_wrist'][0] < pose['neck'][0] < pose['left_wrist'][0]
    # Fitted with a tenth of padding, like the boxes of Human3.6M: 1.2 times the figure.
    np.testing.assert_allclose(np.ptp(prior.poses[0], axis=0).max(), 2 / 1.2, rtol=1e-5)
    # Seen from behind it is the other way round, and as tall.
    behind = MpiInf3dhpPosePrior(str(preprocessed), azimuth=(180, 180)).poses[0]
    np.testing.assert_allclose(behind, prior.poses[0] * [-1, 1], atol=1e-5)


def test_all_28_joints_of_the_original_labels(tmp_path):
    root = write_annotations(tmp_path / 'mpi_inf_3dhp')
    converter.main([str(root), '--out', str(tmp_path / '28.npz'), '--stride', '2'])
    prior = MpiInf3dhpPosePrior(str(tmp_path / '28.npz'), cameras=[0], azimuth=(0, 0))
    # Two subjects, every second of five frames.
    assert prior.poses.shape == (6, 28, 2)
    body = standing_body(28)[:, :2]
    common = list(HUMAN36M_JOINTS[28])
    low, high = body[common].min(axis=0), body[common].max(axis=0)
    expected = (body - (low + high) / 2) * 2 / (high - low).max() / 1.2
    np.testing.assert_allclose(prior.poses[0], expected, atol=1e-5)
    # The joints that Human3.6M has fill the box; toes and hands reach further.
    assert np.abs(prior.poses[0]).max() > np.abs(prior.poses[0, common]).max()
    baseline = MpiInf3dhpPosePrior(str(tmp_path / '28.npz'), keypoint_indices=common)
    assert baseline.mean().shape == (17, 2)


def test_cameras(preprocessed, tmp_path):
    assert len(MpiInf3dhpPosePrior(str(preprocessed))) == 4
    assert len(MpiInf3dhpPosePrior(str(preprocessed), cameras=[0])) == 2
    with pytest.raises(ValueError, match='no pose of camera 7; it has 0, 8'):
        MpiInf3dhpPosePrior(str(preprocessed), cameras=[7])
    with np.load(preprocessed) as content:
        np.savez(tmp_path / 'test.npz', S=content['S'], imgname=np.array(['TS1_002001.jpg'] * 4))
    with pytest.raises(ValueError, match='"TS1_002001.jpg" .* names no camera'):
        MpiInf3dhpPosePrior(str(tmp_path / 'test.npz'), cameras=[0])


def test_the_real_sample(real):
    prior = MpiInf3dhpPosePrior(str(real), azimuth=(0, 0))
    assert prior.poses.shape[1:] == (17, 2) and len(prior) >= 2
    np.testing.assert_allclose(np.ptp(prior.poses, axis=1).max(axis=1), 2 / 1.2, rtol=1e-5)
    # The view from the camera is nearly that of the labels in the picture, which know perspective; its mirror is not.
    with np.load(real) as content:
        labels = fit_to_canvas(content['part'][..., :2].astype(np.float32), 0.1)
    seen, mirrored = (np.abs(prior.poses * [sign, 1] - labels).mean(axis=(1, 2)) for sign in (1, -1))
    assert (seen < mirrored / 3).all()


def test_other_joints_and_missing_arrays_are_refused(tmp_path):
    np.savez(tmp_path / 'h36m.npz', S=np.zeros((2, 24, 4)), imgname=np.array(['a', 'b']))
    with pytest.raises(ValueError, match=r'\(N, 17, 4\) or \(N, 28, 4\), got \(2, 24, 4\)'):
        MpiInf3dhpPosePrior(str(tmp_path / 'h36m.npz'))
    np.savez(tmp_path / 'other.npz', part=np.zeros((2, 17, 3)))
    with pytest.raises(ValueError, match='has no array S, imgname; it holds part'):
        MpiInf3dhpPosePrior(str(tmp_path / 'other.npz'))
    with pytest.raises(FileNotFoundError, match='nowhere.npz does not exist'):
        MpiInf3dhpPosePrior('nowhere.npz')


def test_conversion_of_the_original_labels(tmp_path, capsys):
    root = write_annotations(tmp_path / 'mpi_inf_3dhp')
    converter.main([str(root), '--out', str(tmp_path / 'out' / '28.npz'), '--cameras', '0', '8', '--stride', '1'])
    assert 'wrote 20 poses' in capsys.readouterr().out
    with np.load(tmp_path / 'out' / '28.npz') as content:
        assert content['S'].shape == (20, 28, 4) and content['S'].dtype == np.float32
        names = content['imgname'].tolist()
        # Millimetres became metres.
        np.testing.assert_allclose(content['S'][1, :, :3], standing_body(28), atol=1e-6)
        assert (content['S'][..., 3] == 1).all()
    assert names[:2] == ['S1_Seq1_Cam0_000001.jpg', 'S1_Seq1_Cam0_000002.jpg']
    assert names[5] == 'S1_Seq1_Cam8_000001.jpg' and names[-1] == 'S4_Seq2_Cam8_000005.jpg'


def test_bad_original_labels_are_named(tmp_path):
    def refused(words, *arguments):
        with pytest.raises(SystemExit, match=words):
            converter.main([str(argument) for argument in (*arguments, '--out', tmp_path / 'x.npz')])

    refused('has no S<k>/Seq<n>/annot.mat', tmp_path)
    root = write_annotations(tmp_path / 'data')
    refused('has the cameras 0 to 13, none numbered 14', root, '--cameras', 14)
    refused('--stride is 1 or more', root, '--stride', 0)
    file = root / 'S1' / 'Seq1' / 'annot.mat'
    write_annotations(tmp_path / 'data', num_joints=17)
    refused(r'annot3 of .* should be \(frames, 84\), got \(5, 51\)', root)
    file.write_bytes(b'no MATLAB file')
    refused('annot.mat cannot be read as a MATLAB file', root)
    write_annotations(tmp_path / 'other', folders=('S1/first',))
    refused('does not lie in S<k>/Seq<n>', tmp_path / 'other')


def test_help(capsys):
    with pytest.raises(SystemExit, match='0'):
        converter.main(['--help'])
    assert '--cameras' in capsys.readouterr().out
