import json

import cv2
import numpy as np
import pytest
from scipy.io import loadmat, savemat

from kpgan_mm.datasets import AnnotatedFrames, DatasetPosePrior, FrameDataset
from kpgan_mm.datasets.metainfo.penn_action import dataset_info
from tests.toys import load_tool

converter = load_tool('dataset_converters/penn_action_to_coco')

NAMES = [dataset_info['keypoint_info'][k]['name'] for k in range(13)]
# Head, then right and left of shoulders, elbows, wrists, hips, knees, ankles; somebody who faces the camera.
POSE = np.array(
    [[40, 20], [32, 30], [48, 30], [28, 40], [52, 40], [26, 50], [54, 50], [35, 55], [45, 55], [34, 70], [46, 70],
     [33, 85], [47, 85]], dtype=float,
)  # fmt: skip
BOX = [20.0, 10.0, 60.0, 90.0]


def write_clip(root, name, num_frames=4, action='squat', train=1, hide=(), pictures=None, **changes):
    """A label file as in the download, of a person who moves a pixel a frame; ``hide``: (frame, joint)."""
    (root / 'labels').mkdir(parents=True, exist_ok=True)
    steps = np.arange(num_frames, dtype=float)
    x, y = POSE[:, 0] + steps[:, None], np.repeat(POSE[None, :, 1], num_frames, axis=0)
    visibility = np.ones((num_frames, 13), dtype=np.uint8)
    for frame, joint in hide:
        visibility[frame, joint], x[frame, joint], y[frame, joint] = 0, 0.75, 0.75
    content = dict(
        action=action,
        pose='front',
        x=x,
        y=y,
        visibility=visibility,
        train=np.int32(train),
        bbox=np.array(BOX) + np.stack([steps, 0 * steps, steps, 0 * steps], axis=1),
        dimensions=np.uint16([100, 120, num_frames]),
        nframes=np.uint8(num_frames),
    )
    savemat(root / 'labels' / f'{name}.mat', content | changes)
    for number in range(1, (num_frames if pictures is None else pictures) + 1):
        (root / 'frames' / name).mkdir(parents=True, exist_ok=True)
        image = np.full((100, 120, 3), 10 * number, dtype=np.uint8)
        cv2.imwrite(str(root / 'frames' / name / f'{number:06d}.jpg'), image)


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / 'Penn_Action'
    for number in range(1, 6):
        write_clip(root, f'000{number}', hide=[(1, 5)])
    for number in range(6, 8):
        write_clip(root, f'000{number}', action='bowl')
    write_clip(root, '0008', train=-1, hide=[(0, 0), (0, 6)])
    write_clip(root, '0009', action='bowl', train=-1)
    return root


@pytest.fixture
def labels(tree, shared_data):
    """Real label files if they are there, or else those of the tree."""
    real = shared_data / 'penn_action_labels' if shared_data is not None else None
    return real if real is not None and (real / 'labels').is_dir() else tree


def run(*arguments):
    converter.main([str(argument) for argument in arguments])


def read(folder, name):
    return json.loads((folder / f'{name}.json').read_text())


def clips(content):
    return {image['video_id'] for image in content['images']}


def test_clips_of_every_action_are_split_in_halves(tree, capsys):
    run(tree)
    output = capsys.readouterr().out
    assert '| bowl | 3 | 2 | 1 | 12 | 12 | 1 | 1 | 4 |' in output
    assert '| squat | 6 | 5 | 1 | 24 | 18 | 3 | 2 | 6 |' in output
    assert '| all | 9 | 7 | 2 | 36 | 30 | 4 | 3 | 10 |' in output
    assert 'wrote 16 training frames, 10 prior poses, 8 test frames' in output
    train, prior, test = (read(tree, name) for name in ('train', 'prior', 'test'))
    assert clips(train) | clips(prior) == {f'000{number}' for number in range(1, 8)}
    assert not clips(train) & clips(prior) and clips(test) == {'0008', '0009'}
    assert 'keypoints' not in train['annotations'][0]
    # Frame 2 of each squat has a hidden joint.
    assert all(np.reshape(annotation['keypoints'], (13, 3))[:, 2].all() for annotation in prior['annotations'])
    assert {image['frame_id'] for image in train['images']} == {1, 2, 3, 4}
    again = read(tree, 'train')
    run(tree)
    assert read(tree, 'train') == again


def test_the_papers_split_takes_all_clips(tree):
    run(tree, '--all-clips')
    train, prior, test = (clips(read(tree, name)) for name in ('train', 'prior', 'test'))
    assert len(train) == 5 and len(prior) == 4 and not train & prior
    assert test == {'0008', '0009'} - prior


def test_labels(tree):
    run(tree)
    test = read(tree, 'test')
    first, second = test['annotations'][:2]
    triples = np.reshape(first['keypoints'], (13, 3))
    # Sentinels are not written.
    np.testing.assert_array_equal(triples[[0, 6]], np.zeros((2, 3)))
    np.testing.assert_array_equal(triples[1], [*POSE[1], 2])
    assert first['num_keypoints'] == 11 and first['activity'] == 'squat'
    assert first['bbox'] == [20, 10, 40, 80] and second['bbox'] == [21, 10, 40, 80]
    assert test['images'][1] == dict(
        id=1, file_name='frames/0008/000002.jpg', video_id='0008', frame_id=2, width=120, height=100
    )


def test_boxes():
    keypoints = np.tile(POSE, (5, 1, 1))
    visible = np.ones((5, 13), dtype=bool)
    visible[3, 1:] = visible[4, 1:] = False
    given = np.array([BOX, [30, 30, 30, 30], [30, 10, 60, 90], [5, 5, 12, 12]])
    boxes = converter.figure_boxes(keypoints, visible, given)
    np.testing.assert_array_equal(boxes[0], BOX)
    # Empty, or without the joints at x = 26: around the joints, 28 x 65, and a tenth of 65 more.
    for box in boxes[1:3]:
        np.testing.assert_allclose(box, [26 - 6.5, 20 - 6.5, 54 + 6.5, 85 + 6.5])
    # One joint and a box that misses it, or none at all.
    assert np.isnan(boxes[3:]).all()


def test_traps_of_the_download(tree, capsys):
    write_clip(tree, '0010', bbox=np.tile(BOX, (3, 1)))
    write_clip(tree, '0011', pictures=3)
    write_clip(tree, '0012', pictures=5)
    write_clip(tree, '0013', x=np.tile(POSE[:, 0] + 80, (4, 1)))
    write_clip(tree, '0014', visibility=np.ones((4, 12), dtype=np.uint8))
    write_clip(tree, '0015', dimensions=np.uint16([90, 120, 4]))
    write_clip(tree, '0016', pictures=0)
    (tree / 'labels' / '0017.mat').write_bytes(b'damaged')
    savemat(tree / 'labels' / '0018.mat', dict(x=np.zeros((4, 13))))
    run(tree)
    output = capsys.readouterr()
    # The last box is missing and made from the joints; a missing picture costs a frame; one too many is not used.
    frames = [image for name in ('train', 'prior') for image in read(tree, name)['images']]
    count = {name: sum(image['video_id'] == name for image in frames) for name in ('0010', '0012')}
    assert count == {'0010': 4, '0012': 4}
    lines = output.err.splitlines()
    assert 'clip 0011: 4 labelled frames and 3 pictures; used are 3' in lines
    assert 'clip 0012: 4 labelled frames and 5 pictures; used are 4' in lines
    reasons = {line.split('.mat: ')[0][-4:]: line.split('.mat: ')[1] for line in lines if '.mat: ' in line}
    assert reasons.pop('0013').startswith('24 visible joints lie outside the 120 x 100 picture')
    assert reasons.pop('0014').endswith('of (frames, 13) each, got (4, 13), (4, 13), (4, 12)')
    assert reasons.pop('0015').endswith('000001.jpg has 120 x 100 pixels, the labels are for 120 x 90')
    assert reasons.pop('0016').endswith('has no picture named by the number of its frame, such as 000001.jpg')
    assert reasons.pop('0017').startswith('it cannot be read')
    assert reasons.pop('0018').startswith('it has no y, visibility')
    assert not reasons


def test_without_frames_there_is_a_prior(labels, tmp_path, capsys):
    source = tmp_path / 'labels_only'
    (source / 'labels').mkdir(parents=True)
    chosen = sorted((labels / 'labels').glob('*.mat'))[:: 100 if labels.name == 'penn_action_labels' else 1]
    for path in chosen:
        (source / 'labels' / path.name).write_bytes(path.read_bytes())
    out = tmp_path / 'out'
    run(source, '--out', out)
    output = capsys.readouterr()
    assert 'only prior.json was written' in output.err and f'prior poses to {out}' in output.out
    assert [path.name for path in out.iterdir()] == ['prior.json']
    frames = dict(type='kpgan_mm.AnnotatedFrames', ann_file='prior.json', data_root=str(out))
    prior = DatasetPosePrior(
        dict(type='kpgan_mm.FrameDataset', source=frames, metainfo=dataset_info), input_size=(64, 64)
    )
    assert len(prior) == len(read(out, 'prior')['images']) and prior.num_keypoints == 13
    assert np.abs(prior.poses).max() <= 1.05


def test_the_results_are_what_the_data_sets_read(tree):
    run(tree)
    source = AnnotatedFrames('train.json', data_root=str(tree))
    assert [len(video) for video in source.videos()] == [4] * 4
    pipeline = [
        dict(type='mmpose.LoadImage'),
        dict(type='mmpose.GetBBoxCenterScale', padding=1.0),
        dict(type='mmpose.TopdownAffine', input_size=(64, 64)),
        dict(type='mmpose.PackPoseInputs', meta_keys=('activity',)),
    ]
    test = dict(type='kpgan_mm.AnnotatedFrames', ann_file='test.json', data_root=str(tree))
    sample = FrameDataset(test, dataset_info, pipeline=pipeline)[0]
    assert sample['inputs'].shape == (3, 64, 64) and sample['data_samples'].metainfo['activity'] == 'squat'
    np.testing.assert_array_equal(
        sample['data_samples'].gt_instances.keypoints_visible[0], [k not in (0, 6) for k in range(13)]
    )


def test_the_first_of_each_pair_is_the_right_one(labels):
    """Who faces the camera has the right shoulder on the left of the picture."""
    right, left = NAMES.index('right_shoulder'), NAMES.index('left_shoulder')
    assert (right, left) == (1, 2)
    count = 0
    for path in sorted((labels / 'labels').glob('*.mat'))[:: 20 if labels.name == 'penn_action_labels' else 1]:
        content = loadmat(path)
        visible = content['visibility'][:, [right, left]].all(axis=1)
        facing = str(content['pose'][0]) == 'front' and str(content['action'][0]) in ('squat', 'jumping_jacks')
        if facing and visible.any():
            x = content['x'].astype(float)[visible]
            assert np.median(x[:, right] - x[:, left]) < 0
            count += 1
    assert count >= 3


def test_refusals(tmp_path):
    with pytest.raises(SystemExit, match='labels does not exist: give the folder that holds labels/ and frames/'):
        run(tmp_path)
    (tmp_path / 'labels').mkdir()
    with pytest.raises(SystemExit, match='has no label file that can be used'):
        run(tmp_path)
    write_clip(tmp_path, '0001')
    with pytest.raises(SystemExit, match='nothing is left for prior, test: 1 clips are too few to split'):
        run(tmp_path)
    with pytest.raises(SystemExit, match='0'):
        run('--help')
