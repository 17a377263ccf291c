import json
from pathlib import Path

import numpy as np
import pytest

from kpgan_mm.datasets import AnnotatedFrames, DatasetPosePrior, FrameDataset, NpzPosePrior
from kpgan_mm.datasets.metainfo.h36m import dataset_info
from tests.h36m_full_tree import CAMERAS, joints, make_tree
from tests.toys import load_tool

converter = load_tool('dataset_converters/h36m_to_frames')


@pytest.fixture
def root(tmp_path):
    return tmp_path / 'h36m'


def run(*arguments):
    """Runs the script as the command line does."""
    converter.main([str(argument) for argument in arguments])


@pytest.mark.parametrize('full_names', [False, True])
def test_conversion(root, full_names, capsys):
    files = make_tree(root, full_names)
    run(*files, '--root', root)
    assert 'wrote 14 training frames, 14 prior poses, 12 test frames' in capsys.readouterr().out
    train, test = (json.loads((root / f'{name}.json').read_text()) for name in ('train', 'test'))

    # First half of the frame numbers of each take, seen by both cameras; no label but the box and the activity.
    numbers = {image['video_id']: [] for image in train['images']}
    for image in train['images']:
        numbers[image['video_id']].append(image['frame_id'])
        assert (root / 'images' / image['file_name']).is_file()
    expected = {'S1_Directions_1': [1, 6, 11], 'S1_WalkDog': [1, 6], 'S5_SittingDown': [1, 6]}
    assert numbers == {f'{take}.{camera}': found for take, found in expected.items() for camera in CAMERAS}
    assert not any('keypoints' in annotation for annotation in train['annotations'])
    assert {annotation['activity'] for annotation in train['annotations']} == {
        'directions', 'walkingdog', 'sittingdown',
    }  # fmt: skip
    assert {annotation['activity'] for annotation in test['annotations']} == {'directions', 'takingphoto'}

    # The prior: second halves, in pixels of the square box made 128 wide.
    with np.load(root / 'prior.npz') as prior:
        assert prior['keypoints'].shape == (14, 17, 2)
        pose = prior['keypoints'][prior['video_id'] == f'S1_Directions_1.{CAMERAS[1]}'][0]
    points = joints('S1', CAMERAS[1], 16)[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    wanted = ((points - (low + high) / 2) / (1.2 * (high - low).max()) + 0.5) * 128
    np.testing.assert_allclose(pose, wanted, atol=1e-3)

    first = test['annotations'][0]
    where = test['images'][0]
    assert where['video_id'] == f'S11_Photo_1.{CAMERAS[0]}' and where['frame_id'] == 1
    np.testing.assert_allclose(
        np.reshape(first['keypoints'], (17, 3))[:, :2], joints('S11', CAMERAS[0], 1)[:, :2], atol=1e-3
    )


def test_a_camera_that_misses_frames_changes_no_half(root):
    """The halves are of the take, so no camera's prior pose is another camera's training picture."""
    files = make_tree(root)
    content = json.loads(files[0].read_text())
    video = f'S1_Directions_1.{CAMERAS[0]}'
    gone = [image['id'] for image in content['images'] if image['file_name'].startswith(video)]
    content['images'] = [image for image in content['images'] if image['id'] not in gone[:3]]
    files[0].write_text(json.dumps(content))
    run(*files, '--root', root)
    train = json.loads((root / 'train.json').read_text())
    frames = {image['frame_id'] for image in train['images'] if image['video_id'].startswith('S1_Directions_1')}
    assert frames == {1, 6, 11}
    with np.load(root / 'prior.npz') as prior:
        assert (prior['video_id'] == video).sum() == 3


def test_the_results_are_what_the_data_sets_read(root):
    files = make_tree(root)
    run(*files, '--root', root, '--out', root / 'out')
    frames = dict(data_root=str(root), data_prefix=dict(img='images'))
    source = AnnotatedFrames('out/train.json', **frames)
    assert len(source.videos()) == 6 and Path(source.frames[0]['img_path']).is_file()
    dataset = FrameDataset(
        dict(type='kpgan_mm.AnnotatedFrames', ann_file='out/test.json', **frames), metainfo=dataset_info
    )
    assert len(dataset) == 12 and dataset[6]['activity'] == 'takingphoto'
    np.testing.assert_allclose(dataset[6]['keypoints'][0], joints('S11', CAMERAS[0], 1)[:, :2], atol=1e-3)


def test_the_prior_lies_where_mmpose_crops_the_person(root):
    """The same poses from MMPose's own json, by the box as its pipeline crops it."""
    files = make_tree(root)
    run(*files, '--root', root)
    ours = NpzPosePrior(str(root / 'prior.npz'), size=(128, 128), group_key='video_id')
    metainfo = dict(from_file='kpgan_mm/datasets/metainfo/h36m.py')
    theirs = DatasetPosePrior(dict(type='mmpose.CocoDataset', ann_file=str(files[0]), metainfo=metainfo))
    for pose in ours.poses:
        assert np.abs(theirs.poses - pose).mean(axis=(1, 2)).min() < 1e-5


def test_mmposes_own_sample(shared_data, root):
    """Four pictures of four takes, or a tree of the same form: boxes, names and joints are as expected."""
    sample = shared_data and shared_data / 'mmpose_samples' / 'h36m' / 'h36m_coco.json'
    file = sample if sample and sample.is_file() else make_tree(root)[0]
    frames = converter.read_frames(file)
    assert {frame['subject'] for frame in frames} <= {'S1', 'S5', 'S7', 'S8'} and len(frames) >= 4
    poses = converter.prior_poses(frames)
    # The box is 1.2 times the larger extent of the joints, and around their middle.
    np.testing.assert_allclose(np.ptp(poses, axis=1).max(axis=1), 128 / 1.2, rtol=1e-4)
    np.testing.assert_allclose((poses.max(axis=1) + poses.min(axis=1)) / 2, 64, atol=0.05)
    for frame in frames:
        assert (file.parent / frame['file_name']).is_file() or (file.parent / 'images' / frame['file_name']).is_file()


def test_bad_files_are_named(root):
    def refused(words, *arguments):
        with pytest.raises(SystemExit, match=words):
            run(*arguments, '--root', root)

    train, test = make_tree(root)
    refused('nowhere.json does not exist', root / 'nowhere.json')
    refused('there are no test frames of S9, S11', train)
    refused('comes twice', train, train, test)
    refused('S9 cannot be both', train, test, '--train-subjects', 'S1', 'S9')
    content = json.loads(train.read_text())
    for change, words in (
        (dict(file_name='frame_1.jpg'), 'frame_1.jpg: not named like S1_Directions_1.54138969_000001.jpg'),
        (dict(id=77), 'has no annotation'),
    ):
        broken = dict(content, images=[{**content['images'][0], **change}])
        (root / 'broken.json').write_text(json.dumps(broken))
        refused(words, root / 'broken.json', test)
    for change, words in (
        (dict(keypoints=[1.0] * 42), 'has 14 joints, not 17'),
        (dict(bbox=[1.0, 1.0, 0.0, 5.0]), r'its box \[1.0, 1.0, 0.0, 5.0\] is empty'),
    ):
        broken = dict(content, images=content['images'][:1], annotations=[{**content['annotations'][0], **change}])
        (root / 'broken.json').write_text(json.dumps(broken))
        refused(words, root / 'broken.json', test)
    (root / 'broken.json').write_text('[]')
    refused('is no COCO-style json with images and annotations', root / 'broken.json', test)
    (root / 'images' / 'S1' / f'S1_WalkDog.{CAMERAS[0]}' / f'S1_WalkDog.{CAMERAS[0]}_000001.jpg').unlink()
    refused('S1_WalkDog.54138969_000001.jpg is missing', train, test)


def test_help(capsys):
    with pytest.raises(SystemExit, match='0'):
        run('--help')
    text = capsys.readouterr().out
    assert 'Rule of the split' in text and '--test-subjects' in text
