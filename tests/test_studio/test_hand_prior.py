import json

import numpy as np
import pytest

from kpgan_mm.apis.images import pack_images
from kpgan_mm.datasets.pose_priors import NpzPosePrior
from kpgan_mm.evaluation.crops import image_to_crop
from kpgan_mm.studio import hand_prior
from kpgan_mm.studio.errors import StudioError
from kpgan_mm.studio.hand_prior import Draft, box_crop, save_prior

NAMES = ['head', 'hip', 'left_foot', 'right_foot']


def pose(points=((0, 0), (31.5, 15.5), (63, 31), (63, 0)), box=(0, 0, 64, 32), frame='a.png#0'):
    return dict(frame=frame, box=list(box), points=[point and list(point) for point in points])


def request(*poses, **changes):
    return dict(path='priors/mine.npz', names=NAMES, input_size=[64, 64], padding=1.0, poses=list(poses)) | changes


def test_poses_are_in_the_crop_of_the_input(project, project_folder):
    answer = save_prior(project, request(pose(), pose([None, (1, 1), (1, 1), (1, 1)])))
    assert (answer['saved'], answer['left_out']) == (1, 1)
    assert answer['config'] == "prior = dict(type='kpgan_mm.NpzPosePrior', file='priors/mine.npz')"
    prior = NpzPosePrior(str(project_folder / 'priors' / 'mine.npz'))
    # 64 x 32 is widened to 64 x 64: sixteen rows are added above; the input's outer pixels are at -1 and 1
    expected = [[-1, 16 / 31.5 - 1], [0, 0], [1, 47 / 31.5 - 1], [1, 16 / 31.5 - 1]]
    np.testing.assert_allclose(prior.poses[0], expected, atol=1e-6)
    with np.load(project_folder / 'priors' / 'mine.npz') as arrays:
        assert arrays['names'].tolist() == NAMES and arrays['frames'].tolist() == ['a.png#0']
        assert arrays['image_keypoints'][0].tolist() == [[0, 0], [31.5, 15.5], [63, 31], [63, 0]]
        assert arrays['boxes'].tolist() == [[0, 0, 64, 32]] and arrays['input_size'].tolist() == [64, 64]


@pytest.mark.parametrize(
    ('box', 'size', 'padding'),
    [((3, 4, 33, 20), (32, 32), 1.0), ((0, 0, 10, 30), (32, 32), 1.25), ((1, 2, 9, 8), (48, 32), 1.5)],
)
def test_crops_are_those_of_the_pipeline(toy_model, box, size, padding):
    model = toy_model.model
    steps = model.cfg.test_dataloader.dataset.pipeline
    before = steps[1].padding, steps[2].input_size
    steps[1].padding, steps[2].input_size = padding, size
    try:
        crop = pack_images(model, [np.zeros((40, 50, 3), np.uint8)], box)['data_samples'][0].metainfo
    finally:
        steps[1].padding, steps[2].input_size = before
    points = np.array([[0.0, 0.0], [10.0, 20.0]])
    np.testing.assert_allclose(
        image_to_crop(points, box_crop(box, size, padding)), image_to_crop(points, crop), atol=1e-4
    )


def test_nothing_is_replaced_without_being_asked(project, project_folder):
    save_prior(project, request(pose()))
    before = (project_folder / 'priors' / 'mine.npz').read_bytes()
    with pytest.raises(StudioError, match=r'priors/mine\.npz exists already') as caught:
        save_prior(project, request(pose(), pose()))
    assert caught.value.status == 409 and (project_folder / 'priors' / 'mine.npz').read_bytes() == before
    assert save_prior(project, request(pose(), pose(), overwrite=True))['saved'] == 2
    assert [file.name for file in (project_folder / 'priors').iterdir()] == ['mine.npz']


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(path='../mine.npz'), 'no path inside'),
        (dict(path='mine.pth'), 'is called prior.npz or priors/NAME.npz, and mine.pth is not'),
        (dict(path='mine.npz'), 'is called prior.npz'),
        (dict(path='runs/regressor.pth/x.npz'), 'is called prior.npz'),
        (dict(path='priors/deep/x.npz'), 'is called prior.npz'),
        (dict(path=None), 'no path inside'),
        (dict(names=[]), 'names must be'),
        (dict(names='head'), 'names must be'),
        (dict(input_size=[64]), 'input_size must be'),
        (dict(input_size=[64.5, 64]), 'input_size must be'),
        (dict(input_size=[4, 64]), 'input_size must be'),
        (dict(padding=0), 'padding must be a number'),
        (dict(padding='1'), 'padding must be a number'),
        (dict(poses={}), 'poses must be a list'),
        (dict(poses=[]), 'no complete pose'),
        (dict(poses=[7]), 'a pose must have 4 points'),
        (dict(poses=[pose(points=[(0, 0)])]), 'a pose must have 4 points'),
        (dict(poses=[pose(points=[(0, 0), (1,), (2, 2), (3, 3)])]), 'pairs of numbers'),
        (dict(poses=[pose(points=[(0, 0), 'no', (2, 2), (3, 3)])]), 'pairs of numbers'),
        (dict(poses=[pose(points=[(0, 0), (1e9, 1), (2, 2), (3, 3)])]), 'pairs of numbers'),
        (dict(poses=[pose(box=(5, 5, 5, 9))]), 'a pose needs a box'),
        (dict(poses=[pose(box=(5, 5, 9))]), 'a pose needs a box'),
        (dict(poses=[pose([None] * 4)]), 'no complete pose'),
    ],
)
def test_requests_that_make_no_sense(project, project_folder, changes, message):
    with pytest.raises(StudioError, match=message):
        save_prior(project, request(pose(), **changes) if 'poses' not in changes else request(**changes))
    assert not (project_folder / 'priors').exists()


def test_a_draft_is_kept_and_two_windows_do_not_overwrite_each_other(project, project_folder):
    draft = Draft(project)
    assert draft.read() == dict(revision=0, content=None)
    assert draft.write(0, dict(poses={})) == 1
    assert draft.write(1, dict(poses={'a': 1})) == 2
    assert Draft(project).read() == dict(revision=2, content=dict(poses={'a': 1}))
    with pytest.raises(StudioError, match='changed in another window') as caught:
        draft.write(1, {})
    assert caught.value.status == 409 and draft.read()['revision'] == 2
    assert json.loads((project_folder / 'studio' / 'draft.json').read_text())['revision'] == 2


def test_a_damaged_draft_is_neither_used_nor_lost(project, project_folder):
    (project_folder / 'studio').mkdir()
    (project_folder / 'studio' / 'draft.json').write_text('{"revision": 1, ')
    for act in (Draft(project).read, lambda: Draft(project).write(0, {})):
        with pytest.raises(StudioError, match='is damaged'):
            act()
    assert (project_folder / 'studio' / 'draft.json').read_text() == '{"revision": 1, '


def test_only_priors_are_replaced(project, project_folder):
    folder = project_folder / 'priors'
    folder.mkdir()
    other = dict(
        pixels=dict(keypoints=np.full((2, 4, 2), 30.0), scores=np.ones((2, 4))),
        rows=dict(keypoints=np.zeros((2, 4))),
        frames=dict(images=np.zeros((2, 4, 2))),
    )
    for name, arrays in other.items():
        np.savez(folder / f'{name}.npz', **arrays)
    (folder / 'text.npz').write_text('no archive')
    for name in (*other, 'text'):
        before = (folder / f'{name}.npz').read_bytes()
        with pytest.raises(StudioError, match=f'priors/{name}.npz is no prior, so the studio does not replace it'):
            save_prior(project, request(pose(), path=f'priors/{name}.npz', overwrite=True))
        assert (folder / f'{name}.npz').read_bytes() == before
    np.savez(project_folder / 'prior.npz', keypoints=np.zeros((2, 4, 2)))
    assert save_prior(project, request(pose(), path='prior.npz', overwrite=True))['saved'] == 1
    far = pose(box=(0, 0, 2, 2))  # reaches beyond 4, and is ours all the same
    for _ in range(2):
        assert save_prior(project, request(far, path='prior.npz', overwrite=True))['saved'] == 1


def test_a_failed_write_leaves_what_was_there(project, project_folder, monkeypatch):
    save_prior(project, request(pose()))
    before = (project_folder / 'priors' / 'mine.npz').read_bytes()

    def fail(file, **arrays):
        file.write(b'half')
        raise OSError('no space')

    monkeypatch.setattr(hand_prior.np, 'savez', fail)
    with pytest.raises(OSError):
        save_prior(project, request(pose(), overwrite=True))
    assert (project_folder / 'priors' / 'mine.npz').read_bytes() == before
    assert [file.name for file in (project_folder / 'priors').iterdir()] == ['mine.npz']
