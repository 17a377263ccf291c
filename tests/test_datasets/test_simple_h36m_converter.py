import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from kpgan_mm.datasets import AnnotatedFrames, FrameDataset, NpzPosePrior
from kpgan_mm.datasets.frame_sources import read_image
from kpgan_mm.datasets.metainfo.h36m_simple import dataset_info
from tests.h36m_tree import landmarks, make_sequence, make_tree
from tests.toys import load_tool

converter = load_tool('dataset_converters/simple_h36m_to_coco')


@pytest.fixture
def tree(tmp_path):
    return make_tree(tmp_path / 'human_images')


def run(*arguments):
    """Runs the script as the command line does."""
    converter.main([str(argument) for argument in arguments])


def test_conversion(tree, capsys):
    run(tree)
    assert 'wrote 17 training frames, 24 prior poses, 3 test frames' in capsys.readouterr().out

    # First halves of the training sequences: 5 // 2 frames of six, 11 // 2 of one; in the order of the numbers.
    train = json.loads((tree / 'train.json').read_text())
    assert len(train['images']) == 6 * 2 + 5
    assert 'keypoints' not in train['annotations'][0]
    greeting = [image for image in train['images'] if image['video_id'] == 'S1/Greeting.55011271']
    assert [image['frame_id'] for image in greeting] == [1, 2, 3, 4, 5]
    assert greeting[0]['file_name'] == 'S1/WithBackground/Greeting.55011271/1.jpg'
    assert greeting[0]['mask_file'] == 'S1/BackgroudMask/Greeting.55011271/1.png'
    assert not any('Sitting' in image['file_name'] for image in train['images'])

    # Second halves: (row, column) in [0, 1] became (x, y) in pixels.
    with np.load(tree / 'prior.npz') as prior:
        assert prior['keypoints'].shape == (6 * 3 + 6, 32, 2)
        chosen = prior['keypoints'][prior['video_id'] == 'S1/Greeting.55011271']
    np.testing.assert_allclose(chosen[0], landmarks(206)[:, ::-1] * 128, rtol=1e-6)

    test = json.loads((tree / 'test.json').read_text())
    assert [annotation['activity'] for annotation in test['annotations']] == ['waiting'] * 3
    triples = np.reshape(test['annotations'][1]['keypoints'], (32, 3))
    np.testing.assert_allclose(triples[:, :2], landmarks(302)[:, ::-1] * 128, atol=1e-4)
    assert test['annotations'][0]['bbox'] == [0, 0, 128, 128]


def test_the_results_are_what_the_data_sets_read(tree):
    run(tree, '--out', tree / 'out', '--test-stride', 2)
    frames = dict(ann_file='out/train.json', data_root=str(tree))
    source = AnnotatedFrames(**frames)
    assert len(source.videos()) == 7 and Path(source.frames[0]['mask_path']).is_file()
    prior = NpzPosePrior(str(tree / 'out' / 'prior.npz'), size=(128, 128), group_key='video_id')
    assert prior.num_keypoints == 32
    pipeline = [
        dict(type='mmpose.LoadImage'),
        dict(type='kpgan_mm.MaskBackground'),
        dict(type='mmpose.GetBBoxCenterScale', padding=1.0),
        dict(type='mmpose.TopdownAffine', input_size=(128, 128)),
        dict(type='mmpose.PackPoseInputs', meta_keys=('activity',)),
    ]
    test = dict(type='kpgan_mm.AnnotatedFrames', ann_file='out/test.json', data_root=str(tree))
    dataset = FrameDataset(test, metainfo=dataset_info, pipeline=pipeline)
    assert len(dataset) == 2
    sample = dataset[0]
    assert sample['data_samples'].metainfo['activity'] == 'waiting'
    assert not sample['inputs'][:, :30].any() and sample['inputs'][:, 30:90, 40:80].any()


def test_missing_parts_are_named(tree):
    def refused(words, *arguments):
        with pytest.raises(SystemExit, match=words):
            run(*arguments)

    refused('give the folder that holds S1, S5', tree / 'S1')
    refused('has no sequence of swimming', tree, '--activities', 'swimming')
    stray = tree / 'S1' / 'BackgroudMask' / 'Greeting.55011271' / 'copy of 3.png'
    stray.touch()
    refused('mask .*copy of 3.png is not named by the number of its frame', tree)
    stray.unlink()
    file = tree / 'S11' / 'Landmarks' / 'WAITING 2.60457274' / '2.mat'
    savemat(file, dict(keypoints_2d=np.zeros((17, 2))))
    refused(r'keypoints_2d of 32 x 2 values, got \(17, 2\)', tree)
    file.write_bytes(b'no MATLAB file')
    refused('landmarks .*2.mat cannot be read', tree)
    file.unlink()
    refused('landmarks .*2.mat are missing', tree)
    picture = tree / 'S11' / 'WithBackground' / 'WAITING 2.60457274' / '1.jpg'
    picture.write_bytes(b'no picture')
    refused('picture .*1.jpg is damaged', tree)
    picture.unlink()
    refused('picture .*1.jpg is missing, though there is a mask of that name, 1 such', tree)


def test_what_is_left_out_is_told(tree, capsys):
    """Frame 3 has no mask, so its number is missing; one folder has none; one name only begins like an activity."""
    (tree / 'S1' / 'BackgroudMask' / 'Greeting.55011271' / '3.png').unlink()
    (tree / 'S5' / 'BackgroudMask' / 'Posing.55011271').mkdir()
    make_sequence(tree, 'S11', 'WalkingDog 1.60457274', 2)
    run(tree)
    err = capsys.readouterr().err
    for words in (
        'notice: S1/Greeting.55011271: pictures without a mask are left out, 1 such, as 3.jpg\n',
        'notice: S1/Greeting.55011271: the frame numbers have gaps, 1 such, as after 2\n',
        'notice: S5/Posing.55011271 is left out, since it has no masks\n',
        'notice: S11/WalkingDog 1.60457274 counts as an activity of its own, walkingdog\n',
    ):
        assert words in err
    assert err.count('notice: ') == 4
    train = json.loads((tree / 'train.json').read_text())
    numbers = [image['frame_id'] for image in train['images'] if image['video_id'] == 'S1/Greeting.55011271']
    assert numbers == [1, 2, 4, 5, 6]


def test_masks_of_one_bit_are_read_as_masks(tree):
    run(tree)
    source = AnnotatedFrames('train.json', data_root=str(tree))
    with open(source.frames[0]['mask_path'], 'rb') as file:
        assert file.read(25)[24] == 1  # bits a pixel in the header of a PNG
    assert np.array_equal(np.unique(read_image(source.frames[0]['mask_path'], cv2.IMREAD_GRAYSCALE)), [0, 255])


def test_a_subset_is_drawn_across_sequences(tree):
    run(tree)
    prior = dict(file=str(tree / 'prior.npz'), size=(128, 128), group_key='video_id', num_poses=20)
    whole, subset = NpzPosePrior(**{**prior, 'num_poses': None}), NpzPosePrior(**prior, seed=3)
    assert len(subset) == 20
    assert all((whole.poses == pose).all(axis=(1, 2)).any() for pose in subset.poses)
    np.testing.assert_array_equal(NpzPosePrior(**prior, seed=3).poses, subset.poses)


def test_help(capsys):
    with pytest.raises(SystemExit, match='0'):
        run('--help')
    text = capsys.readouterr().out
    assert 'BackgroudMask' in text and '--test-subjects' in text
