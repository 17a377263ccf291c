import json

import numpy as np
import pytest
from mmengine.dataset import Compose
from mmpose.datasets import Face300WDataset

from kpgan_mm.datasets import DatasetFrames, DatasetPosePrior, PtsPosePrior
from kpgan_mm.datasets.metainfo.face_68 import dataset_info
from tests.faces import face, make_w300, write_face
from tests.toys import load_tool

converter = load_tool('dataset_converters/w300_to_coco')


def convert(root, out):
    """Runs the script as the command line does; the content of each file."""
    converter.main([str(root), '--out', str(out)])
    return {path.stem[len('face_landmarks_300w_') :]: json.loads(path.read_text()) for path in out.glob('*.json')}


@pytest.fixture
def images(tmp_path):
    return make_w300(tmp_path / 'images')


def names(content):
    return [image['file_name'] for image in content['images']]


def test_splits(images, tmp_path, capsys):
    made = convert(images, tmp_path / 'annotations')
    assert names(made['train']) == [
        'afw/134212_1.jpg', 'helen/trainset/9 with.dots.jpg', 'helen/trainset/100032540_1.jpg',
        'lfpw/trainset/image_0001.png',
    ]  # fmt: skip
    assert names(made['valid_common']) == ['helen/testset/296814969_3.jpg', 'lfpw/testset/image_0001.png']
    assert names(made['valid_challenge']) == ['ibug/image_092 _01.jpg']
    assert names(made['valid']) == names(made['valid_common']) + names(made['valid_challenge'])
    assert 'train: 4 faces, but the set has 3148' in capsys.readouterr().out
    sizes = {(image['width'], image['height']) for content in made.values() for image in content['images']}
    assert sizes == {(140, 130)}


def test_points_and_box(images, tmp_path):
    annotation = convert(images, tmp_path / 'out')['valid_challenge']['annotations'][0]
    triples = np.reshape(annotation['keypoints'], (68, 3))
    np.testing.assert_allclose(triples[:, :2], face(6), atol=1e-3)
    assert (triples[:, 2] == 1).all()
    low, high = np.floor(face(6).min(axis=0)), np.ceil(face(6).max(axis=0))
    np.testing.assert_allclose(annotation['center'], (low + high) / 2)
    assert annotation['scale'] == (high - low).max() / 200


def test_the_box_is_that_of_mmpose():
    """Figures of two faces in MMPose's own annotation file: extents of landmarks, centre and scale."""
    for low, high, center, scale in (
        ((268.0, 265.0), (710.702, 741.209), [489.5, 503.5], 2.385),
        ((70.0, 219.0), (595.136, 712.11), [333.0, 466.0], 2.63),
    ):
        assert converter.square_box(np.array([low, high])) == (center, scale)


def test_mmpose_reads_the_result_and_the_prior_lies_where_the_crop_has_the_face(images, tmp_path):
    convert(images, tmp_path / 'out')
    config = dict(
        ann_file=str(tmp_path / 'out' / 'face_landmarks_300w_train.json'),
        data_prefix=dict(img=str(images)),
        metainfo=dataset_info,
    )
    dataset = Face300WDataset(**config, test_mode=True)
    sample = dataset[1]
    np.testing.assert_allclose(sample['keypoints'][0], face(2), atol=1e-3)
    steps = [
        dict(type='mmpose.LoadImage'),
        dict(type='mmpose.GetBBoxCenterScale', padding=1.25),
        dict(type='mmpose.TopdownAffine', input_size=(64, 64)),
    ]
    assert Compose(steps)(sample)['img'].shape == (64, 64, 3)
    # The prior of a file is what the crop does to its picture, up to the box's rounding to whole pixels.
    cropped = DatasetPosePrior(dict(type='mmpose.Face300WDataset', **config), padding=1.25, input_size=(64, 64))
    prior = PtsPosePrior(str(images / 'helen' / 'trainset' / '9 with.dots.pts'), input_size=(64, 64))
    assert np.abs(cropped.poses[1] - prior.poses[0]).max() < 0.02

    source = DatasetFrames(dict(type='mmpose.Face300WDataset', **config, indices=[1, 2]))
    assert [len(video) for video in source.videos()] == [1, 1]
    frame = source.frames[0]
    assert frame['img_path'].endswith('9 with.dots.jpg') and 'keypoints' not in frame
    np.testing.assert_allclose(frame['bbox'], sample['bbox'][0])


def test_samples_without_the_folders(tmp_path):
    for number in range(3):
        write_face(tmp_path / 'sample', f'{number}.jpg', number, header=False)
    made = convert(tmp_path / 'sample', tmp_path / 'out')
    assert list(made) == ['train'] and names(made['train']) == ['0.jpg', '1.jpg', '2.jpg']


def test_the_shared_sample(shared_data, tmp_path):
    if shared_data is None:
        shared_data = tmp_path
        write_face(tmp_path / 'w300_sample', 'face.jpg', 0)
    folder = shared_data / 'w300_sample'
    made = convert(folder, tmp_path / 'out')['train']
    assert len(made['images']) == len(list(folder.glob('*.pts')))
    for image, annotation in zip(made['images'], made['annotations'], strict=True):
        points = np.reshape(annotation['keypoints'], (68, 3))[:, :2]
        assert (points >= 0).all() and (points < [image['width'], image['height']]).all()


def test_missing_parts_are_named(images, tmp_path):
    def refused(words, root=images):
        with pytest.raises(SystemExit, match=words):
            converter.main([str(root), '--out', str(tmp_path / 'out')])
        assert not (tmp_path / 'out').exists()

    refused('holds neither afw, helen, ... of 300-W nor .pts files', tmp_path / 'nowhere')
    (images / 'ibug' / 'image_092 _01.jpg').write_bytes(b'no picture')
    refused('image_092 _01.jpg cannot be decoded')
    (images / 'ibug' / 'image_092 _01.jpg').unlink()
    refused('there is no picture image_092 _01.jpg or .png beside')
    (images / 'ibug' / 'image_092 _01.pts').write_text('1 2\n')
    refused('image_092 _01.pts holds 1 points, but 68 are needed')
    (images / 'ibug' / 'image_092 _01.pts').unlink()
    refused('ibug holds no .pts files')
    (images / 'ibug').rmdir()
    refused('lacks ibug of 300-W')


def test_help(capsys):
    with pytest.raises(SystemExit, match='0'):
        converter.main(['--help'])
    text = capsys.readouterr().out
    assert 'helen/trainset' in text and '--out' in text
