import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from kpgan_mm.datasets import AnnotatedFrames, FrameDataset, NpzPosePrior
from kpgan_mm.datasets.metainfo.h36m_simple import dataset_info
from tests.h36m_tree import landmarks, make_tree
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
    file.unlink()
    refused('landmarks .*2.mat are missing', tree)
    (tree / 'S11' / 'WithBackground' / 'WAITING 2.60457274' / '1.jpg').unlink()
    refused('picture .*1.jpg is missing', tree)


def test_help(capsys):
    with pytest.raises(SystemExit, match='0'):
        run('--help')
    text = capsys.readouterr().out
    assert 'BackgroudMask' in text and '--test-subjects' in text
