import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from kpgan_mm.datasets import DatasetPosePrior, FrameDataset, FramePairDataset
from kpgan_mm.datasets.metainfo.cat_head import dataset_info
from tests.toys import load_tool

converter = load_tool('dataset_converters/cat_head_to_coco')

# Left eye, right eye, mouth, left ear (outer foot, tip, inner foot), right ear (inner foot, tip, outer foot).
POINTS = np.array([[40, 50], [60, 50], [50, 70], [30, 30], [32, 10], [44, 28], [56, 28], [68, 10], [70, 30]])
TARGET_WARP = dict(type='kpgan_mm.RandomThinPlateSplinePair', target=True)


def write_cat(folder, name, points=POINTS, size=(100, 90)):
    """A picture of (width, height) and its label, as in the download, blank at the end of the line included."""
    folder.mkdir(parents=True, exist_ok=True)
    image = np.random.default_rng(len(name)).integers(0, 255, (*size[::-1], 3), dtype=np.uint8)
    cv2.imwrite(str(folder / f'{name}.jpg'), image)
    values = [len(points), *np.ravel(points).tolist()]
    (folder / f'{name}.jpg.cat').write_text(' '.join(map(str, values)) + ' ')


@pytest.fixture
def tree(tmp_path):
    for number in range(20):
        write_cat(tmp_path / 'cats' / f'CAT_{number % 3:02d}', f'0000000{number % 3}_{number:03d}', POINTS + number % 7)
    return tmp_path / 'cats'


@pytest.fixture
def cats(tree, shared_data):
    """The real sample, which is flat, or the tree."""
    real = shared_data / 'cat_heads' if shared_data is not None else None
    return real if real is not None and real.is_dir() else tree


def run(*arguments):
    converter.main([str(argument) for argument in arguments])


def read(folder):
    return {name: json.loads((folder / f'{name}.json').read_text()) for name in ('train', 'prior', 'test')}


def pictures(content):
    return [image['file_name'] for image in content['images']]


def test_halves_are_equal_and_disjoint(tree, capsys):
    run(tree)
    assert 'wrote 9 training pictures, 9 prior poses, 2 test cats' in capsys.readouterr().out
    splits = read(tree)
    names = sum(map(pictures, splits.values()), [])
    assert len(names) == len(set(names)) == 20
    assert all((tree / name).is_file() for name in names)
    assert not any('keypoints' in annotation for annotation in splits['train']['annotations'])


def test_the_split_depends_on_names_alone(tree, tmp_path):
    run(tree)
    flat = tmp_path / 'flat'
    flat.mkdir()
    for path in tree.rglob('CAT_*/*'):
        (flat / path.name).write_bytes(path.read_bytes())
    run(flat)
    for name, content in read(tree).items():
        assert [Path(path).name for path in pictures(content)] == pictures(read(flat)[name])


def test_seven_points_and_the_square_around_nine(tmp_path):
    for name in 'abc':
        write_cat(tmp_path, name, POINTS)
    run(tmp_path, '--test-share', 0.34)
    annotation = read(tmp_path)['test']['annotations'][0]
    triples = np.reshape(annotation['keypoints'], (7, 3))
    np.testing.assert_array_equal(triples[:, :2], POINTS[[0, 1, 2, 3, 5, 6, 8]])
    assert (triples[:, 2] == 2).all()
    # x from 30 to 70, y from 10 to 70: the larger extent is 60, the middle (50, 40).
    assert annotation['bbox'] == [50 - 37.5, 40 - 37.5, 75, 75]


def test_what_cannot_be_used_is_named_and_left_out(tree, capsys):
    folder = tree / 'CAT_06'
    write_cat(folder, 'outside', POINTS + [35, 0])
    tip_outside = POINTS.copy()
    tip_outside[4] = [32, -20]
    write_cat(folder, 'fine', tip_outside)
    write_cat(folder, 'no_picture')
    (folder / 'no_picture.jpg').unlink()
    write_cat(folder, 'no_label')
    (folder / 'no_label.jpg.cat').unlink()
    write_cat(folder, 'damaged')
    (folder / 'damaged.jpg').write_bytes(b'no picture')
    write_cat(folder, 'eight', POINTS[:8])
    write_cat(folder, 'words')
    (folder / 'words.jpg.cat').write_text('9 a b')
    write_cat(folder, 'one_eyed', np.concatenate([POINTS[:1], POINTS[:1], POINTS[2:]]))
    run(tree)
    output = capsys.readouterr()
    assert 'wrote 10 training pictures, 9 prior poses, 2 test cats' in output.out
    lines = {Path(line.split(':')[0].split()[-1]).stem: line for line in output.err.splitlines()}
    assert '1 of its 7 scored points lie outside the 100 x 90 picture' in lines['outside']
    assert lines['no_picture'].endswith('its picture is missing')
    assert lines['no_label'].endswith('it has no label no_label.jpg.cat')
    assert lines['damaged'].endswith('its picture cannot be decoded')
    assert lines['eight'].endswith('its label should be 9 and 18 coordinates, got 17 numbers')
    assert lines['words'].endswith('something else than numbers')
    assert 'both of its eyes are at one place' in lines['one_eyed']
    assert len(lines) == len(output.err.splitlines()) == 7


def test_refusals(tmp_path):
    with pytest.raises(SystemExit, match='does not exist: give the folder that holds CAT_00'):
        run(tmp_path / 'nowhere')
    with pytest.raises(SystemExit, match='has no .*jpg.cat'):
        run(tmp_path)
    write_cat(tmp_path, 'a')
    with pytest.raises(SystemExit, match='1 cats with a test share of 0.1 leave none for prior, test'):
        run(tmp_path)
    with pytest.raises(SystemExit, match='0'):
        run('--help')


def test_the_results_are_what_the_data_sets_read(cats, tmp_path):
    """OUT may lie elsewhere: its files alone lead to the pictures."""
    out = tmp_path / 'out'
    run(cats, '--out', out, '--test-share', 0.25)

    def source(name):
        return dict(type='kpgan_mm.AnnotatedFrames', ann_file=f'{name}.json', data_root=str(out))

    crop = [
        dict(type='mmpose.GetBBoxCenterScale', padding=1.0),
        dict(type='mmpose.TopdownAffine', input_size=(32, 32)),
    ]
    prior = dict(
        type='kpgan_mm.DatasetPosePrior',
        dataset=dict(type='kpgan_mm.FrameDataset', source=source('prior'), metainfo=dataset_info),
        input_size=(32, 32),
    )
    poses = DatasetPosePrior(**{key: value for key, value in prior.items() if key != 'type'}).poses
    assert poses.shape[1:] == (7, 2) and np.abs(poses).max() < 1
    left, right = poses[:, 0], poses[:, 1]
    assert (left[:, 0] < right[:, 0]).all()

    pipeline = [dict(type='kpgan_mm.LoadFramePair'), *crop, TARGET_WARP, dict(type='kpgan_mm.PackPairInputs')]
    pairs = FramePairDataset(source('train'), prior, dataset_info, frame_gap=(0, 0), pipeline=pipeline)
    item = pairs[5]
    assert item['inputs'].shape == item['ref_inputs'].shape == (3, 32, 32)
    assert (item['inputs'] != item['ref_inputs']).any()
    assert item['data_samples'].gt_instance_labels.prior_keypoints.shape == (1, 7, 2)

    pipeline = [dict(type='mmpose.LoadImage'), *crop, dict(type='mmpose.PackPoseInputs')]
    test = FrameDataset(source('test'), dataset_info, pipeline=pipeline, test_mode=True)
    assert test[0]['inputs'].shape == (3, 32, 32)
    x1, y1, x2, y2 = test[0]['data_samples'].gt_instances.bboxes[0]
    assert x2 - x1 == pytest.approx(y2 - y1, abs=1e-2)
