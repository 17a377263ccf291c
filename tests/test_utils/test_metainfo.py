import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from kpgan_mm.apis import init_keypoint_model
from kpgan_mm.datasets.metainfo.puppets import dataset_info
from kpgan_mm.registry import DATASETS, MODELS
from kpgan_mm.utils.metainfo import discovered_metainfo, is_discovered, load_metainfo, with_links
from tests.toys import ROOT

PRIOR = dict(type='kpgan_mm.PuppetPosePrior', num_poses=6, seed=0, image_size=32)


def joint_names(dataset) -> list[str]:
    return list(dataset.metainfo['keypoint_name2id'])


def test_a_dict_is_returned_as_it_is():
    assert load_metainfo(dataset_info) is dataset_info


def test_ours_are_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loaded = load_metainfo(dict(from_file='kpgan_mm/datasets/metainfo/puppets.py'))
    assert {info['name'] for info in loaded['keypoint_info'].values()} == {
        info['name'] for info in dataset_info['keypoint_info'].values()
    }


def test_a_file_of_the_user_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'puppets.py').write_text("dataset_info = dict(dataset_name='mine')")
    assert load_metainfo(dict(from_file='puppets.py')) == dict(dataset_name='mine')


def test_refuses_in_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match='no metainfo file nowhere.py.*h36m_simple, .*mouse_bottom, .*puppets'):
        load_metainfo(dict(from_file='nowhere.py'))
    (tmp_path / 'empty.py').write_text('a = 1')
    with pytest.raises(ValueError, match='no dataset_info'):
        load_metainfo(dict(from_file=str(tmp_path / 'empty.py')))


@pytest.mark.parametrize(
    ('registry', 'config', 'metainfo_of'),
    [
        (MODELS, dict(type='SkeletonBottleneck', input_size=(32, 32)), lambda head: head.skeleton.keypoint_names),
        (DATASETS, dict(type='PuppetDataset', num_videos=1, num_frames=2, image_size=32), joint_names),
        (
            DATASETS,
            dict(
                type='FramePairDataset',
                source=dict(type='kpgan_mm.PuppetFrames', num_videos=1, num_frames=2, image_size=32),
                prior=PRIOR,
                frame_gap=(1, 1),
            ),
            joint_names,
        ),
        (DATASETS, dict(type='PosePriorDataset', prior=PRIOR, num_held_out=2), joint_names),
    ],
)
def test_whoever_takes_metainfo_takes_a_file(registry, config, metainfo_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named = registry.build(config | dict(metainfo=dict(from_file='kpgan_mm/datasets/metainfo/puppets.py')))
    given = registry.build(config | dict(metainfo=dataset_info))
    assert list(metainfo_of(named)) == list(metainfo_of(given))
    assert list(metainfo_of(named))[:2] == ['head_top', 'neck']


def test_a_model_without_a_checkpoint_knows_its_joints_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = init_keypoint_model(ROOT / 'configs' / 'kpgan_puppets.py')
    assert model.dataset_meta['dataset_name'] == 'puppets' and model.dataset_meta['num_keypoints'] == 14


def test_a_wrong_path_is_not_hidden_by_a_name_of_ours(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ('elsewhere/puppets.py', str(tmp_path / 'puppets.py')):
        with pytest.raises(FileNotFoundError, match=f'no metainfo file {path}'):
            load_metainfo(dict(from_file=path))
    assert load_metainfo(dict(from_file='puppets.py'))['dataset_name'] == 'puppets'


class TestDiscovered:
    def test_before_a_skeleton_is_learned(self):
        metainfo = load_metainfo(dict(num_keypoints=16))
        parsed = parse_pose_metainfo(metainfo)
        assert (parsed['dataset_name'], parsed['num_keypoints']) == ('discovered', 16)
        assert parsed['keypoint_id2name'][15] == 'keypoint_15' and parsed['skeleton_links'] == []
        assert parsed['flip_indices'] == list(range(16)) and parsed['flip_pairs'] == []
        assert len(np.unique(parsed['keypoint_colors'], axis=0)) == 16

    def test_with_links(self):
        parsed = parse_pose_metainfo(discovered_metainfo(4, [(0, 2), (1, 3)], name='mice'))
        assert parsed['dataset_name'] == 'mice' and parsed['skeleton_links'] == [(0, 2), (1, 3)]
        np.testing.assert_array_equal(parsed['skeleton_link_colors'], parsed['keypoint_colors'][[2, 3]])

    def test_told_by_their_names(self):
        assert is_discovered(discovered_metainfo(4, [(0, 2)], name='mice'))
        assert not is_discovered(load_metainfo(dict(from_file='puppets.py')))

    def test_other_links_for_names_that_are_known(self):
        metainfo = with_links(dataset_info | dict(rendered_links=[('neck', 'left_hip')]), [(0, 13)])
        assert [info['link'] for info in metainfo['skeleton_info'].values()] == [('head_top', 'left_ankle')]
        assert 'rendered_links' not in metainfo and len(dataset_info['skeleton_info']) == 14

    @pytest.mark.parametrize('number', [0, -1, 2.5, 'many'])
    def test_refuses_other_numbers(self, number):
        with pytest.raises(ValueError, match='num_keypoints must be a positive integer'):
            load_metainfo(dict(num_keypoints=number))
