"""Configurations for faces from files to figures: tiny networks and two iterations, everything else as it stands."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from mmengine.registry import init_default_scope

from kpgan_mm.registry import MODELS, TASK_UTILS
from kpgan_mm.utils.compat import ensure_mmpretrain
from kpgan_mm.utils.config import load_config
from tests.faces import face, make_w300, write_face, write_pts
from tests.test_datasets.test_video_clips import write_clip
from tests.toys import ROOT, forget_runs, load_tool

NARROW = [
    'model.backbone.base_channels=2',
    'model.head.regressor.base_channels=2',
    'model.generator.base_channels=2',
    'model.discriminator.base_channels=2',
    'model.pool_size=3',
    'regressor.model.head.regressor.base_channels=2',
    'train_cfg.max_iters=2',
    'train_cfg.val_interval=2',
    'regressor.train_cfg.max_iters=2',
    'train_dataloader.batch_size=2',
    'regressor.train_dataloader.batch_size=2',
]
LOADERS = ('num_workers=0', 'persistent_workers=False')
AT_128 = [
    'model.reconstruction_loss.extractor.depth=11',
    'model.reconstruction_loss.layers=[features.0,features.2]',
    *(f'{split}_dataloader.{setting}' for split in ('train', 'val', 'test') for setting in LOADERS),
    *(f'test_cfg.fit_dataloader.{setting}' for setting in LOADERS),
]
STAGE_AT_128 = [
    *(f'regressor.{split}_dataloader.{setting}' for split in ('train', 'val') for setting in LOADERS),
    *(f'regressor.{split}_dataloader.dataset.num_held_out=2' for split in ('train', 'val')),
]
SCHEDULE_AT_64 = ['param_scheduler.T_max=2', 'param_scheduler.end=2']


def call(name, config, *arguments):
    """A tool of the repository, from the command line."""
    forget_runs()
    tool = load_tool(name)
    args = [str(ROOT / 'configs' / f'{config}.py'), *map(str, arguments)]
    assert tool.run_tool(getattr(tool, name), tool.parse_args(args)) == 0
    forget_runs()


def figures_of(folder, config, checkpoint, options):
    """tools/test.py; the figures that it writes."""
    out = folder / f'{config}.json'
    call('test', config, checkpoint, '--work-dir', folder / 'test', '--out', out, '--cfg-options', *options)
    return json.loads(out.read_text())


def check(figures):
    """Every column of table 3 is there, and two metrics that mean the same agree."""
    assert figures['NME'] == pytest.approx(figures['inter_ocular/error'] / 100, rel=1e-4)
    assert {'keypointgan/error', 'keypointgan/mean_prior_error', 'inter_ocular/mean_prior_error'} <= set(figures)
    assert {'keypointgan_regression_inter_ocular/error', 'imm/error', 'imm/mean_pose_error'} <= set(figures)


@pytest.fixture(autouse=True)
def plain_config_text(monkeypatch):
    """To lay out the text of a configuration takes longer than all else here."""
    monkeypatch.setattr('yapf.yapflib.yapf_api.FormatCode', lambda text, **options: (text, True))


@pytest.fixture
def sample(shared_data, tmp_path):
    """The ten pictures, the four frames and the two test pictures; or made-up ones of their names."""
    root = tmp_path / 'data'
    parts = ('w300_sample', 'mmpose_samples/300w', 'mmpose_samples/300vw')
    if shared_data is not None and all((shared_data / part).is_dir() for part in parts):
        for part in parts:
            shutil.copytree(shared_data / part, root / part)
    else:
        prior = ('103236168_1', '103770709_1', '107635070_1', '1084919955_1', '110520830_5')
        for seed, name in enumerate([*(f'0{number}' for number in range(5)), *prior]):
            write_face(root / 'w300_sample', f'{name}.jpg', seed, header=False)
        write_pts(root / 'mmpose_samples' / '300vw' / '001' / 'annot' / '000006.pts', face(20))
        for seed in (21, 22):
            write_face(root / 'mmpose_samples' / '300w', f'{seed}.png', seed)
        convert(root / 'mmpose_samples' / '300w', root)
        (root / 'face_landmarks_300w_train.json').rename(root / 'mmpose_samples' / '300w' / 'test_300w.json')
    convert(root / 'w300_sample', root / 'w300_sample' / 'annotations')
    return root


def convert(images, out):
    load_tool('dataset_converters/w300_to_coco').main([str(images), '--out', str(out)])


def test_ten_pictures_at_64_pixels(sample, tmp_path):
    options = [f'data_root={sample}', *NARROW, *SCHEDULE_AT_64]
    stage = [f'regressor.{setting}' for setting in ('train_cfg.val_interval=2', *SCHEDULE_AT_64)]
    call('train', 'kpgan_w300_64', '--work-dir', tmp_path / 'work', '--cfg-options', *options, *stage)
    check(figures_of(tmp_path, 'kpgan_w300_64', tmp_path / 'work' / 'iter_2.pth', options))


def test_the_prior_of_the_sample_is_of_no_picture_that_is_trained_on(sample):
    cfg = load_config(ROOT / 'configs' / 'kpgan_w300_64.py', {'data_root': str(sample)})
    init_default_scope(cfg.default_scope)
    training = cfg.train_dataloader.dataset
    frames = TASK_UTILS.build(training.source).frames
    trained = {Path(frame['img_path']).stem for frame in frames}
    prior = {Path(file).stem for file in TASK_UTILS.build(training.prior).files}
    assert len(trained) == 5 and len(prior) >= 6 and not trained & prior


def test_voxceleb2_and_then_300w_at_128_pixels(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the list of clips goes
    root = tmp_path / 'data'
    for number in range(2):
        write_clip(root / f'voxceleb2/dev/mp4/id0001{number}/v/0000{number}.mp4', 12, size=(64, 64))
    for seed in range(5):
        write_pts(root / 'multipie' / f'{seed}.pts', face(seed))
    write_pts(root / 'multipie' / 'profile.pts', face(9, 39))
    convert(make_w300(root / 'w300' / 'images'), root / 'w300' / 'annotations')
    ensure_mmpretrain()
    vgg = MODELS.build(dict(type='mmpretrain.VGG', depth=11, act_cfg=None))
    torch.save(dict(state_dict=vgg.state_dict()), root / 'vgg19.pth')

    options = [f'data_root={root}', *NARROW, *AT_128]
    videos = [*options, *STAGE_AT_128, 'regressor.train_cfg.val_interval=2']
    call('train', 'kpgan_voxceleb2', '--work-dir', tmp_path / 'videos', '--cfg-options', *videos)
    checkpoint = tmp_path / 'videos' / 'iter_2.pth'
    assert len(list(Path('.cache/voxceleb2').glob('clips-*.txt'))) == 1

    pictures = [*options, f'load_from={checkpoint}']
    call('train', 'kpgan_w300', '--work-dir', tmp_path / 'pictures', '--cfg-options', *pictures)
    check(figures_of(tmp_path, 'kpgan_w300', tmp_path / 'pictures' / 'iter_2.pth', options))
