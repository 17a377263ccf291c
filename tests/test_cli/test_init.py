"""`kpgan init`: every layout of a prior, every skeleton, the choice of the crop, and one sentence for what is wrong."""

import csv
import shlex
import shutil

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import DATASETS, MODELS, init_default_scope

from kpgan_mm.cli.project import frames
from kpgan_mm.cli.project.skeletons import NAMED
from kpgan_mm.cli.project.videos import Survey, Video, survey_videos
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
    printed = init(*BIRD, '--prior', 'mocap.npz')
    # Labels are spoken of where there are some.
    assert 'a view from a random side' in printed and printed.count('prior and labels') == 1
    assert 'look for mistakes in videos, prior and labels' in printed
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
        ((*BIRD, '--image-size', 8000, 8000), 'multiples of 8 from 48 to 512'),
        ((*BIRD, '--boxes', 'b.csv'), 'box table b.csv does not exist'),
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


def test_a_renamed_keypoint_beats_one_of_the_same_name_in_the_labels(place):
    truth = poses(10)
    both = np.concatenate([truth[:, :1], truth + [0.5, 0]], axis=1)  # head, and the same as another program sees it
    images = [f'frames/{index}.png' for index in range(10)]
    write_deeplabcut(place / 'both.csv', both, ['snout', 'head', 'tail', 'left_wing', 'right_wing'], images=images)
    init(*BIRD, '--prior', 'both.csv', '--labels', 'both.csv', '--rename', 'head=snout')
    with open(place / 'project' / 'labels.csv', newline='') as handle:
        rows = list(csv.reader(handle))
    assert rows[1] == ['bodyparts', *(name for name in NAMES for _ in 'xy')]
    cfg = load_config(place / 'project' / 'config.py')
    corner, keypoints = np.array(cfg.crop[:2]), build(cfg.test_dataloader.dataset).get_data_info(0)['keypoints'][0]
    np.testing.assert_allclose(keypoints[0], truth[1, 0] - corner, atol=0.01)
    np.testing.assert_allclose(keypoints[1], truth[1, 1] + [0.5, 0] - corner, atol=0.01)


@pytest.mark.parametrize('layout', ['copy', 'coco'])
def test_a_copy_of_the_labels_is_no_independent_prior(place, layout):
    if layout == 'copy':
        file = shutil.copyfile(place / 'labels.csv', place / 'prior.csv').name
    else:
        file = write_coco(place / 'prior.json', poses(10)).name
    assert 'every other complete pose is the prior' in init(*BIRD, '--prior', file, '--labels', 'labels.csv')
    cfg = load_config(place / 'project' / 'config.py')
    assert cfg.prior.split == 'prior' and cfg.test_dataloader.dataset.split == 'test'


def test_labelled_poses_that_are_in_the_prior_too_are_counted(place):
    write_deeplabcut(place / 'some.csv', poses(10)[3:7])
    printed = init(*BIRD, '--prior', 'some.csv', '--labels', 'labels.csv')
    assert '4 of the labelled poses are in the prior as well' in printed


def test_how_many_frames_have_a_box_is_said(place, monkeypatch):
    rows = ['video,frame,x,y,width,height', *(f'bird,{frame},10,10,60,60' for frame in range(20))]
    (place / 'boxes.csv').write_text('\n'.join(rows))
    printed = init(*BIRD, '--prior', 'labels.csv', '--boxes', 'boxes.csv')
    assert 'frames 20 of 24 have a box and are used; as PNG files in .cache all 24 take about' in printed
    shutil.rmtree(place / 'project')
    monkeypatch.setattr(frames, 'MOST_FRAMES', 10)
    printed = init(*BIRD, '--prior', 'labels.csv', '--boxes', 'boxes.csv')
    assert '7 of 8 have a box and are used; these are one in 3 of 24 (stride in data.py)' in printed


def test_videos_in_sub_folders_are_counted(place):
    (place / 'videos' / 'day' / 'two').mkdir(parents=True)
    shutil.copyfile(place / 'videos' / 'bird.mp4', place / 'videos' / 'day' / 'two' / 'a.MP4')
    printed = init(*BIRD, '--prior', 'labels.csv', '--labels', 'labels.csv')
    assert 'videos in sub-folders of videos, not looked at and not used: 1' in printed
    assert 'prior and labels every other complete pose' in printed
    shutil.rmtree(place / 'project')
    (place / 'videos' / 'bird.mp4').unlink()
    assert 'the 1 in its sub-folders are not looked at: name one of these' in init(*BIRD, code=2)


def test_boxes_without_a_prior_wait_for_one_that_is_fitted(place):
    rows = ['video,frame,x,y,width,height', *(f'bird,{frame},10,10,60,60' for frame in range(24))]
    (place / 'boxes.csv').write_text('\n'.join(rows))
    init(*BIRD, '--boxes', 'boxes.csv')
    cfg = load_config(place / 'project' / 'config.py')
    assert 'crop' not in cfg.prior and cfg.prior.fit_padding == 0.1
    load_config(place / 'project' / 'regressor.py')


def test_boxes_of_other_videos_are_refused(place):
    (place / 'boxes.csv').write_text('video,frame,x,y,width,height\nfish,0,1,1,9,9\nbird.avi,1,1,1,9,9\n')
    printed = init(*BIRD, '--boxes', 'boxes.csv', code=2)
    assert 'has a box for no frame of the videos: it names bird.avi, fish, and they are videos/bird.mp4' in printed
    (place / 'boxes.csv').write_text('video,frame,x,y,width,height\nfish,0,1,1,9,9\nbird,99,1,1,9,9\nbird,24,1,1,9,9\n')
    printed = init(*BIRD, '--boxes', 'boxes.csv', code=2)
    assert 'bird.mp4 has 24 frames, from 0 on, and the table names 24 to 99 of it' in printed
    (place / 'boxes.csv').write_text('video,frame,x,y,width,height\nbird,0,1,1,9,9\nbird,1,96,1,9,9\n')
    printed = init(*BIRD, '--boxes', 'boxes.csv', code=2)
    assert 'bird.mp4, x 96 to 105 and y 1 to 10, lies outside its picture of 96 x 80 pixels' in printed
    assert 'videos is a folder: name the CSV table' in init(*BIRD, '--boxes', 'videos', code=2)
    assert not (place / 'project').exists()


def test_videos_of_one_name_share_no_boxes(place):
    write_video(place / 'videos' / 'bird.avi')
    (place / 'boxes.csv').write_text('video,frame,x,y,width,height\nbird,0,1,1,9,9\n')
    assert 'the same boxes: rename one of them' in init(*BIRD, '--boxes', 'boxes.csv', code=2)


@pytest.mark.parametrize('name', ["Ann's", 'back\\slash', 'two\nlines'])
def test_a_folder_that_a_configuration_cannot_hold_is_refused(place, name):
    result = run('init', name, *BIRD)
    assert result.exit_code == 2 and 'configurations cannot hold' in result.output
    assert len(result.output.splitlines()) == 1 and not (place / name).exists()


def test_brackets_in_names_are_printed_as_they_are(place):
    write_video(place / 'videos' / 'a[red]b.mp4')
    (place / 'bird.yaml').rename(place / 'x[red]y.yaml')
    result = run('init', 'pk[/b]', '--videos', 'videos', '--skeleton', 'x[red]y.yaml')
    assert result.exit_code == 0, result.output
    for written in ('a[red]b.mp4', 'x[red]y: head', 'wrote pk[/b]: ', 'pk[/b]/crop.jpg'):
        assert written in result.output
    load_config(place / 'pk[/b]' / 'config.py')


def test_suggested_commands_can_be_copied(place):
    (place / 'videos').rename(place / 'my videos')
    result = run('init', 'my project', '--videos', 'my videos', '--skeleton', 'bird.yaml')
    project, videos = place / 'my project', place / 'my videos'
    studio = f"kpgan studio '{videos}' --skeleton 'my project/skeleton.py'"
    predict = f"kpgan predict '{videos}/bird.mp4' 'my project'"
    for text in (result.output, (project / 'README.md').read_text()):
        for command in ("kpgan check 'my project'", "kpgan train 'my project'", studio, predict):
            assert command in text
    line = (project / 'config.py').read_text().splitlines()[1]
    assert shlex.split(line[1:]) == ['kpgan', 'train', 'my project']


def test_a_video_without_a_duration_is_counted(place):
    writer = cv2.VideoWriter(str(place / 'live.mkv'), cv2.VideoWriter_fourcc(*'mp4v'), 25.0, (32, 32))
    for value in range(15):
        writer.write(np.full((32, 32, 3), 10 * value, np.uint8))
    writer.release()
    content = (place / 'live.mkv').read_bytes()
    assert content.count(b'\x44\x89\x88') == 1  # Duration of Matroska, 8 bytes; Void hides it
    (place / 'live.mkv').write_bytes(content.replace(b'\x44\x89\x88', b'\xec\x89\x00'))
    video = survey_videos(place / 'live.mkv').videos[0]
    assert (video.frames, video.problem) == (15, '')


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('p.json', '{"annotations": [1, 2]}', '"annotations" is no list of entries'),
        ('p.json', '{"annotations": [{"keypoints": [1, 2, 2]}], "categories": [1]}', '"categories" is no list'),
        ('p.json', '{"annotations": [{"keypoints": ["a", 2, 2]}]}', "could not convert string to float: 'a'"),
        ('p.csv', 'scorer,"a\n' + 'b' * 200_000, 'cannot be read as a CSV table'),
        ('p.csv', b'scorer,\xff', 'cannot be read as a CSV table'),
        ('p.npz', b'PK\x03\x04 cut off', 'cannot be read as an archive of NumPy'),
        ('p.npz', b'nothing', 'cannot be read as an archive of NumPy'),
        ('p.slp', b'nothing', 'is no HDF5 file'),
    ],
)
def test_a_prior_that_cannot_be_read_is_one_sentence_with_its_name(place, name, content, message):
    (place / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    result = run('init', 'project', *BIRD, '--prior', name)
    assert result.exit_code == 2 and not (place / 'project').exists()
    assert result.output.startswith('error: ') and len(result.output.splitlines()) == 1
    assert name in result.output and message in result.output


def test_arrays_that_are_no_prior(place):
    with open(place / 'single.npz', 'wb') as file:
        np.save(file, np.zeros(3))
    assert 'single.npz cannot be read as an archive of NumPy: it holds a single' in init(
        *BIRD, '--prior', 'single.npz', code=2
    )
    joints = np.full((5, 4, 3), np.nan)
    np.savez(place / 'mocap.npz', joints_3d=joints)
    assert 'has 0 poses without NaN' in init(*BIRD, '--prior', 'mocap.npz', code=2)
    joints[:3] = np.random.default_rng(0).normal(0, 300, (3, 4, 3))
    np.savez(place / 'mocap.npz', joints_3d=joints)
    assert '3 poses in 3D' in init(*BIRD, '--prior', 'mocap.npz')


def test_a_long_video_is_thinned_out_and_its_room_is_said(place, monkeypatch):
    assert 'all 24 are used; as PNG files in .cache they take about 0.0' in init(*BIRD, '--crop', 16, 8, 64, 64)
    cfg = load_config(place / 'project' / 'config.py')
    assert cfg.stride == 1 and cfg.frame_gap == (3, 12)
    shutil.rmtree(place / 'project')
    monkeypatch.setattr(frames, 'MOST_FRAMES', 10)
    assert 'one in 3 of 24 is used (stride in data.py)' in init(*BIRD, '--prior', 'labels.csv')
    cfg = load_config(place / 'project' / 'config.py')
    # Eight frames, 25 a second: three frames are one step, and a second is longer than half the video.
    assert cfg.source.stride == 3 and cfg.frame_gap == (1, 4)
    assert len(build(cfg.train_dataloader.dataset).source.frames) == 8


def test_an_hour_of_video_stays_below_the_limit(place):
    video = survey_videos(place / 'videos').videos[0]
    chosen = frames.choose_frames(Survey([Video(video.path, video.size, 108_000, 30.0)]), None)
    assert (chosen.stride, chosen.count, chosen.gap) == (6, 18_000, (1, 5))
    assert chosen.num_bytes > 18_000 * 100
    # A table with boxes for odd frames only would lose them all with an even stride.
    survey = Survey([Video(video.path, video.size, 36_000, 30.0)])
    assert frames.choose_frames(survey, None, range(999)).stride == 2
    assert frames.choose_frames(survey, None, range(1, 999, 2)).stride == 1
