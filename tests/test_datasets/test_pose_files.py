"""Poses from the files of other programs: values by hand, names, confidence, and messages."""

import json

import h5py
import numpy as np
import pytest

from kpgan_mm.datasets import FilePosePrior
from kpgan_mm.datasets.pose_files import PoseTable, read_pose_file, select_keypoints

NAN = np.nan
METAINFO = dict(
    dataset_name='two',
    keypoint_info={k: dict(name=n, id=k, color=[0, 0, 0], type='', swap='') for k, n in enumerate(['nose', 'tail'])},
    skeleton_info={0: dict(link=('nose', 'tail'), id=0, color=[0, 0, 0])},
    joint_weights=[1.0] * 2,
    sigmas=[0.05] * 2,
)


def text(folder, name, content):
    file = folder / name
    file.write_text(content)
    return file


def test_predictions_of_deeplabcut(tmp_path):
    table = read_pose_file(
        text(
            tmp_path,
            'a.csv',
            'scorer,m,m,m,m,m,m\nbodyparts,nose,nose,nose,tail,tail,tail\ncoords,x,y,likelihood,x,y,likelihood\n'
            '0,1,2,0.9,3,4,0.8\n1,5,6,0.1,7,8,1\n',
        )
    )
    assert table.names == ('nose', 'tail') and not table.normalized
    np.testing.assert_array_equal(table.keypoints, [[[1, 2], [3, 4]], [[NAN, NAN], [7, 8]]])


def test_several_individuals_give_a_pose_each_and_paths_may_take_three_columns(tmp_path):
    table = read_pose_file(
        text(
            tmp_path,
            'a.csv',
            'scorer,,,m,m,m,m\nindividuals,,,one,one,two,two\nbodyparts,,,nose,nose,nose,nose\ncoords,,,x,y,x,y\n'
            'labeled-data,v,i.png,1,2,3,4\nlabeled-data,v,j.png,5,6,,\n',
        )
    )
    np.testing.assert_array_equal(table.keypoints, [[[1, 2]], [[5, 6]], [[3, 4]], [[NAN, NAN]]])


def test_table_of_sleap(tmp_path):
    content = 'track,frame_idx,instance.score,nose.x,nose.y,nose.score,tail.x,tail.y,tail.score\nt,0,1,1,2,.9,3,4,.2\n'
    table = read_pose_file(text(tmp_path, 'a.csv', content), min_confidence=0.5)
    assert table.names == ('nose', 'tail')
    np.testing.assert_array_equal(table.keypoints, [[[1, 2], [NAN, NAN]]])


def test_analysis_file_of_sleap(tmp_path):
    tracks = np.full((2, 2, 2, 3), NAN)  # tracks, x and y, nodes, frames
    tracks[1, :, 0, 2], tracks[1, :, 1, 2] = (1, 2), (3, 4)
    with h5py.File(tmp_path / 'a.h5', 'w') as file:
        file['tracks'], file['node_names'] = tracks, [b'nose', b'tail']
        file['point_scores'] = np.ones((2, 2, 3))
    table = read_pose_file(tmp_path / 'a.h5')
    assert table.names == ('nose', 'tail')
    np.testing.assert_array_equal(table.keypoints, [[[1, 2], [3, 4]]])


def test_analysis_file_of_sleap_io_says_the_order_of_its_axes(tmp_path):
    orders = dict(tracks=['frame', 'track', 'node', 'xy'], point_scores=['frame', 'track', 'node'])
    with h5py.File(tmp_path / 'a.h5', 'w') as file:
        file['node_names'] = [b'nose', b'tail']
        file['tracks'] = np.arange(12, dtype=np.float32).reshape(3, 1, 2, 2)
        file['point_scores'] = np.linspace(0, 1, 6).reshape(3, 1, 2)
        for name, axes in orders.items():
            file[name].attrs['dims'] = json.dumps(axes)
    table = read_pose_file(tmp_path / 'a.h5', min_confidence=0.5)
    assert table.keypoints[2].tolist() == [[8, 9], [10, 11]]
    # The third score is 0.4, the fourth 0.6.
    assert np.isnan(table.keypoints[1, 0]).all() and table.keypoints[1, 1].tolist() == [6, 7]


def sleap_project(file, format_id):
    """One labelled and two predicted figures, the first of them in the labelled frame; nodes in another order."""
    point = [('x', 'f8'), ('y', 'f8'), ('visible', '?'), ('complete', '?')]
    instance = [
        ('instance_id', 'i8'), ('instance_type', 'u1'), ('frame_id', 'u8'), ('skeleton', 'u4'),
        ('point_id_start', 'u8'), ('point_id_end', 'u8'),
    ]  # fmt: skip
    metadata = dict(nodes=[dict(name='tail'), dict(name='nose')], skeletons=[dict(nodes=[dict(id=1), dict(id=0)])])
    with h5py.File(file, 'w') as content:
        group = content.create_group('metadata')
        group.attrs['json'], group.attrs['format_id'] = json.dumps(metadata), format_id
        content['points'] = np.array([(1, 2, True, True), (3, 4, True, True)], point)
        predicted = [(9, 9, True, True, 1.0)] * 2 + [(5, 6, True, True, 0.9), (7, 8, True, True, 0.1)]
        content['pred_points'] = np.array(predicted, [*point, ('score', 'f8')])
        content['instances'] = np.array([(0, 0, 0, 0, 0, 2), (1, 1, 0, 0, 0, 2), (2, 1, 1, 0, 2, 4)], instance)


@pytest.mark.parametrize(('format_id', 'corner'), [(1.2, 0.0), (1.0, 0.5)])
def test_project_of_sleap(tmp_path, format_id, corner):
    sleap_project(tmp_path / 'a.slp', format_id)
    table = read_pose_file(tmp_path / 'a.slp')
    assert table.names == ('nose', 'tail')
    expected = np.array([[[1, 2], [3, 4]], [[5, 6], [NAN, NAN]]]) - corner
    np.testing.assert_allclose(table.keypoints, expected)


def test_without_h5py_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'h5py', None)
    with pytest.raises(ModuleNotFoundError, match=r'a\.h5 needs h5py to be read \(pip install "kpgan_mm\[sleap\]"\)'):
        read_pose_file(text(tmp_path, 'a.h5', ''))


def test_coco(tmp_path):
    content = dict(
        annotations=[dict(keypoints=[1, 2, 2, 3, 4, 0]), dict(keypoints=[])],
        categories=[dict(name='x', keypoints=['nose', 'tail'])],
    )
    table = read_pose_file(text(tmp_path, 'a.json', json.dumps(content)))
    np.testing.assert_array_equal(table.keypoints, [[[1, 2], [NAN, NAN]]])
    assert table.names == ('nose', 'tail')


def test_npz_in_pixels_normalised_and_of_the_studio(tmp_path):
    pixels, normalized = np.array([[[10.0, 20], [30, 40]]]), np.array([[[-1.0, 0], [0.5, 1]]])
    np.savez(tmp_path / 'a.npz', keypoints=pixels)
    np.savez(tmp_path / 'b.npz', keypoints=normalized, keypoint_names=['nose', 'tail'])
    np.savez(tmp_path / 'c.npz', keypoints=normalized, names=['nose', 'tail'], image_keypoints=pixels)
    first, second, third = (read_pose_file(tmp_path / f'{name}.npz') for name in 'abc')
    assert (first.normalized, second.normalized, third.normalized) == (False, True, False)
    assert first.names is None and second.names == third.names == ('nose', 'tail')
    np.testing.assert_array_equal(third.keypoints, pixels)


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('a.txt', '', 'of a kind that cannot be read'),
        ('a.csv', '', 'is no table of keypoints'),
        ('a.csv', 'scorer,m,m\nbodyparts,a,a\n0,1,2', 'does not begin with the header rows'),
        ('a.csv', 'scorer,m,m\nbodyparts,a,a\ncoords,x,y\n0,1,b', 'line 4: "b" is no number'),
        ('a.csv', 'scorer,m,m\nbodyparts,a,a\ncoords,x,y\n', 'holds no pose'),
        ('a.csv', 'scorer,m,m,m\nbodyparts,a,a,a\ncoords,x,y,x\n0,1,2,3', 'has two columns a x'),
        ('a.csv', 'track,a.x,a.y,a.x\nt,1,2,3', 'has two columns a.x'),
        ('a.json', '{', 'is no JSON'),
        ('a.json', '{"annotations": [1, 2]}', 'a.json: "annotations" is no list'),
        ('a.json', '{"annotations": [{"keypoints": ["a", 1, 2]}]}', "a.json cannot be read as COCO.*float: 'a'"),
        ('a.npz', 'text', 'a.npz cannot be read as an archive of NumPy'),
        ('a.json', '{"annotations": []}', 'holds no keypoints'),
        ('a.json', '{"annotations": [{"keypoints": [1, 2]}]}', 'x, y, visibility'),
        ('a.slp', 'text', 'is no HDF5 file'),
    ],
)
def test_messages(tmp_path, name, content, message):
    with pytest.raises(ValueError, match=message):
        read_pose_file(text(tmp_path, name, content))


def test_a_file_that_is_not_there():
    with pytest.raises(FileNotFoundError, match='no file of poses'):
        read_pose_file('nothing.csv')


def test_names_choose_in_the_order_of_the_skeleton():
    table = PoseTable(np.array([[[0.0, 0], [1, 1], [2, 2]]]), ('Tail_', 'extra', 'NOSE'), 'x')
    keypoints, unused = select_keypoints(table, ['nose', 'tail'], 'f')
    np.testing.assert_array_equal(keypoints, [[[2, 2], [0, 0]]])
    assert unused == ['extra']
    keypoints, unused = select_keypoints(table, ['nose', 'tail'], 'f', rename=dict(nose='extra'))
    np.testing.assert_array_equal(keypoints, [[[1, 1], [0, 0]]])
    with pytest.raises(ValueError, match='f has no keypoint ear; not used of it are Tail_, extra, NOSE'):
        select_keypoints(table, ['ear'], 'f')
    with pytest.raises(ValueError, match='3 keypoints without names, and the skeleton has 2'):
        select_keypoints(PoseTable(table.keypoints, None, 'x'), ['nose', 'tail'], 'f')
    with pytest.raises(ValueError, match='rename names ear'):
        select_keypoints(table, ['nose', 'tail'], 'f', rename=dict(ear='NOSE'))


def test_prior_goes_where_the_crop_goes(tmp_path):
    pixels = np.array([[[10.0, 20], [19, 29]], [[10, 20], [NAN, 0]], [[900, 900], [910, 900]], [[12, 22], [13, 24]]])
    np.savez(tmp_path / 'a.npz', keypoints=pixels)
    settings = dict(file=str(tmp_path / 'a.npz'), metainfo=METAINFO, crop=(10, 20, 10, 10))
    prior = FilePosePrior(**settings, input_size=(10, 10))
    assert prior.counts == dict(read=4, incomplete=1, outside=1)
    np.testing.assert_allclose(prior.poses[0], [[-1, -1], [1, 1]], atol=1e-6)
    # A crop of another aspect is widened, as TopdownAffine does: 10 of 20 columns, beginning at the fifth.
    wide = FilePosePrior(**settings, input_size=(20, 10)).poses[0]
    np.testing.assert_allclose(wide, np.array([[5, 0], [14, 9]]) * 2 / np.array([19, 9]) - 1, atol=1e-6)
    # Of the three complete poses the second judges, and lies outside.
    assert len(FilePosePrior(**settings, split='prior')) == 2
    with pytest.raises(ValueError, match='none of its complete poses lies in the crop'):
        FilePosePrior(**settings, split='test')
    with pytest.raises(ValueError, match='give the crop'):
        FilePosePrior(**settings | dict(crop=None))
    with pytest.raises(ValueError, match="split is None, 'prior' or 'test'"):
        FilePosePrior(**settings, split='both')


def test_split_agrees_with_the_labelled_data_set(mouse_table):
    from kpgan_mm.datasets import DatasetPosePrior
    from kpgan_mm.datasets.metainfo.mouse_bottom import dataset_info

    crop, common = (0, 198, 396, 208), dict(metainfo=dataset_info, split='prior')
    ours = FilePosePrior(file=str(mouse_table), crop=crop, input_size=(96, 48), **common)
    theirs = DatasetPosePrior(
        dict(type='kpgan_mm.DeepLabCutDataset', ann_file=str(mouse_table), crop=crop, **common), input_size=(96, 48)
    )
    np.testing.assert_allclose(ours.poses, theirs.poses, atol=1e-5)
