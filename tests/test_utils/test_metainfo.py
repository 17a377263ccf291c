import pytest

from kpgan_mm.apis import init_keypoint_model
from kpgan_mm.datasets.metainfo.puppets import dataset_info
from kpgan_mm.registry import DATASETS, MODELS
from kpgan_mm.utils.metainfo import load_metainfo
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
    with pytest.raises(FileNotFoundError, match='no metainfo file nowhere.py.*h36m_simple, mouse_bottom, puppets'):
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
