"""`kpgan init`: every layout of a prior, every skeleton, the choice of the crop, and one sentence for what is wrong."""

import numpy as np
import pytest
import torch
from mmengine.registry import DATASETS, MODELS, init_default_scope

from kpgan_mm.cli.project.skeletons import NAMED
from kpgan_mm.registry import TASK_UTILS
from kpgan_mm.utils.config import load_config

from .conftest import NAMES, poses, run, write_coco, write_deeplabcut, write_video

BIRD = ('--videos', 'videos', '--skeleton', 'bird.yaml')


def build(dataset):
    init_default_scope('mmpose')
    return DATASETS.build(dataset)


def init(*options, code=0):
    result = run('init', 'project', *options)
    assert result.exit_code == code, result.output
    return ' '.join(result.output.split())


def built_prior(place):
    return TASK_UTILS.build(load_config(place / 'project' / 'config.py').prior)


def priors(folder):
    """One file of each layout, with the same ten poses and, but for COCO, an eleventh that lacks a point."""
    keypoints = poses(10)
    broken = np.concatenate([keypoints, keypoints[:1]])
    broken[-1, 2] = np.nan
    np.savez(folder / 'prior.npz', keypoints=broken, keypoint_names=NAMES)
    yield folder / 'prior.npz'
    yield write_coco(folder / 'prior.json', keypoints)
    yield write_deeplabcut(folder / 'deeplabcut.csv', broken)
    sleap = ['track,frame_idx,instance.score,' + ','.join(f'{n}.x,{n}.y,{n}.score' for n in NAMES)]
    for pose in broken:
        points = ','.join(',,' if np.isnan(x) else f'{x:.2f},{y:.2f},0.9' for x, y in pose)
        sleap.append(f'track_0,0,1.0,{points}')
    (folder / 'sleap.csv').write_text('\n'.join(sleap))
    yield folder / 'sleap.csv'


@pytest.mark.parametrize('number', range(4))
def test_every_layout_of_a_prior_gives_the_same_poses_in_the_crop(place, number):
    file = list(priors(place))[number]
    printed = init(*BIRD, '--prior', file, '--crop', 16, 8, 64, 64, '--image-size', 64, 64)
    assert '10 poses in use' in printed and 'next' in printed and 'kpgan check project' in printed
    prior = built_prior(place)
    # The crop is as large as the input, so a pixel less the crop's corner is a pixel of the input.
    np.testing.assert_allclose(prior.poses, (poses(10) - [16, 8]) * 2 / 63 - 1, atol=1e-3)
    if file.suffix != '.json':
        assert '1 left out' in printed


def test_the_project_builds_and_says_what_to_do(place):
    init(*BIRD, '--prior', 'labels.csv', '--labels', 'labels.csv', '--mirror', 'horizontal')
    project = place / 'project'
    for name in ('config.py', 'regressor.py'):
        cfg = load_config(project / name)
        assert cfg.model.head.metainfo.from_file == str(project / 'skeleton.py')
        model = MODELS.build(cfg.model)
        assert model.head.skeleton.keypoint_names == tuple(NAMES)
    cfg = load_config(project / 'config.py')
    train, test = build(cfg.train_dataloader.dataset), build(cfg.test_dataloader.dataset)
    assert len(test) == 5 and len(train.prior) == 5
    sample = train[0]
    width, height = cfg.input_size
    assert sample['inputs'].shape == sample['ref_inputs'].shape == (3, height, width)
    assert cfg.work_dir == str(project / 'runs') and cfg.frame_gap == (3, 12)
    # Every other pose is the prior's: the first is the table's first, and judges see the second.
    x, y, *_ = cfg.crop
    np.testing.assert_allclose(test.get_data_info(0)['keypoints'][0], poses(10)[1] - [x, y], atol=0.01)
    readme = (project / 'README.md').read_text()
    assert 'kpgan train project' in readme and (project / 'crop.jpg').stat().st_size > 0


@pytest.mark.parametrize('name', NAMED)
def test_every_skeleton_of_the_list_builds(place, name):
    init('--videos', 'videos', '--skeleton', name)
    cfg = load_config(place / 'project' / 'config.py')
    head = MODELS.build(cfg.model.head)
    keypoints = torch.rand(1, head.skeleton.num_keypoints, 2) * 2 - 1
    drawing = head.render(keypoints)
    assert torch.isfinite(drawing).all() and drawing.amax() > 0.5


def test_without_a_prior_it_is_to_be_placed_by_hand(place):
    printed = init(*BIRD)
    assert 'kpgan studio' in printed
    result = run('train', 'project', '--no-amp')
    assert result.exit_code == 2 and 'prior.npz is not there' in result.output


def test_the_crop_is_found_where_something_moves(place):
    init(*BIRD)
    x, y, width, height = load_config(place / 'project' / 'config.py').crop
    # The cross stays within columns 26 to 70 and rows 18 to 62.
    assert 10 <= x <= 34 and 5 <= y <= 28 and 62 <= x + width <= 82 and 54 <= y + height <= 72


def test_motion_capture_gives_views_from_all_sides(place):
    np.savez(place / 'mocap.npz', joints_3d=np.random.default_rng(0).normal(0, 300, (5, 4, 3)))
    assert 'a view from a random side' in init(*BIRD, '--prior', 'mocap.npz')
    assert built_prior(place).num_keypoints == 4


def test_poses_of_other_pictures_are_fitted(place):
    write_deeplabcut(place / 'far.csv', poses(10) + 1000)
    assert 'add --fit-prior' in init(*BIRD, '--prior', 'far.csv', code=2)
    assert not (place / 'project').exists()
    init(*BIRD, '--prior', 'far.csv', '--fit-prior')
    extent = np.ptp(built_prior(place).poses, axis=1).max(axis=-1)
    np.testing.assert_allclose(extent, 2 / 1.2, rtol=0.05)


def test_names_are_matched_and_renamed(place):
    write_deeplabcut(place / 'other.csv', poses(10), ['Head', 'tail', 'leftWing', 'wing2'])
    assert 'has no keypoint right_wing; not used of it are wing2' in init(*BIRD, '--prior', 'other.csv', code=2)
    init(*BIRD, '--prior', 'other.csv', '--rename', 'right_wing=wing2')
    assert len(built_prior(place)) == 10


def test_labels_with_other_names_are_rewritten(place):
    text = (place / 'labels.csv').read_text().replace('left_wing', 'leftWing')
    (place / 'labels.csv').write_text(text)
    init(*BIRD, '--prior', 'labels.csv', '--labels', 'labels.csv')
    cfg = load_config(place / 'project' / 'config.py')
    assert len(build(cfg.test_dataloader.dataset)) == 5


def test_boxes_of_a_figure_that_travels(place):
    rows = ['video,frame,x,y,width,height', *(f'bird.mp4,{frame},10,10,60,60' for frame in range(24))]
    (place / 'boxes.csv').write_text('\n'.join(rows))
    init(*BIRD, '--prior', 'labels.csv', '--boxes', 'boxes.csv')
    cfg = load_config(place / 'project' / 'config.py')
    np.testing.assert_array_equal(
        build(cfg.train_dataloader.dataset).draw(0, np.random.default_rng(0))['bbox'][0, :2], [10, 10]
    )


def test_videos_that_cannot_be_used_are_named_and_left_out(place):
    (place / 'videos' / 'broken.mp4').write_bytes(b'nothing')
    write_video(place / 'videos' / 'short.mp4', count=3)
    printed = init(*BIRD)
    assert 'broken.mp4' in printed and 'cannot be read' in printed and 'too short: 3 frames' in printed
    assert load_config(place / 'project' / 'config.py').videos == [str(place / 'videos' / 'bird.mp4')]


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (('--videos', 'nowhere', '--skeleton', 'cat'), 'There are no videos nowhere'),
        (('--videos', 'bird.yaml', '--skeleton', 'cat'), 'bird.yaml is no video'),
        (('--videos', 'frames', '--skeleton', 'cat'), 'frames holds no video'),
        (('--videos', 'videos', '--skeleton', 'dragon'), 'There is no skeleton "dragon"'),
        ((*BIRD, '--prior', 'nothing.csv'), 'there is no file of poses nothing.csv'),
        ((*BIRD, '--prior', 'bird.yaml'), 'bird.yaml is of a kind that cannot be read'),
        ((*BIRD, '--crop', 50, 0, 80, 40), 'The crop 50 0 80 40'),
        ((*BIRD, '--image-size', 50, 64), 'multiples of 8'),
        ((*BIRD, '--boxes', 'b.csv', '--labels', 'labels.csv'), '--boxes goes with neither'),
        ((*BIRD, '--rename', 'head'), '--rename takes NAME=NAME_IN_FILE'),
        ((*BIRD, '--labels', 'bird.yaml'), 'labels are a CSV table'),
    ],
)
def test_wrong_input_is_one_sentence_and_leaves_nothing(place, options, message):
    result = run('init', 'project', *options)
    assert result.exit_code == 2 and not (place / 'project').exists()
    assert message in result.output and result.output.startswith('error: ') and len(result.output.splitlines()) == 1


def test_videos_of_different_sizes_are_refused(place):
    write_video(place / 'videos' / 'wide.mp4', size=(128, 80))
    assert 'different sizes (96 x 80, 128 x 80)' in init(*BIRD, code=2)


def test_a_project_is_never_overwritten(place):
    init(*BIRD)
    assert 'project is there already' in init(*BIRD, code=2)
