"""The files of a project, as text."""

CONFIG = """# KeypointGAN on your own videos: networks and schedule. Videos, crop and prior are in data.py.
#   {command}
# _base_ holds copies of the package's settings; whatever is set here replaces theirs.
_base_ = ['data.py', '_base_/default_runtime.py', '_base_/models/keypoint_gan_64.py', '_base_/schedule.py']

# Trained first, on drawings of the prior's poses. After a change of skeleton or prior delete its result,
# runs/regressor/regressor.pth.
regressor_pretraining = 'regressor.py'
work_dir = '{{{{ fileDirname }}}}/runs'

# Enough for a first look on a CPU. On a GPU 20000 is affordable, with train_dataloader.batch_size=32 in data.py.
max_iters = {iterations}

model = dict(
    # What is taken for mid-grey: 127.5, or 40 for dark pictures, whose bright parts then weigh more.
    data_preprocessor=dict(mean=({gray},) * 3, std=({gray},) * 3),
    head=dict(metainfo={{{{_base_.metainfo}}}}, input_size={{{{_base_.input_size}}}}),
    # Reconstructions are for the evaluation below, and for pictures.
    test_cfg=dict(reconstruct={reconstruct}),
)
train_cfg = dict(max_iters=max_iters, val_interval=max(max_iters // 4, 1))
optim_wrapper = dict(generator=dict(optimizer=dict(lr=1e-3)), regressor=dict(optimizer=dict(lr=5e-4)))
param_scheduler = dict(
    type='CosineAnnealingLR', by_epoch=False, begin=0, end=max_iters, T_max=max_iters, eta_min_ratio=0.05
)
default_hooks = dict(checkpoint=dict(interval=max(max_iters // 4, 1)))
"""

REGRESSOR = """# Stage one: the regressor learns to read drawings of jittered prior poses. No image, no label.
_base_ = ['data.py', '_base_/default_runtime.py', '_base_/regressor_pretraining.py']

max_iters = {iterations}
# Wider than the prior's own: the first drawings of the main training lie anywhere.
jitter = dict(type='kpgan_mm.PoseJitter', {jitter})
poses = dict(
    type='kpgan_mm.PosePriorDataset',
    prior={{{{_base_.prior}}}},
    metainfo={{{{_base_.metainfo}}}},
    input_size={{{{_base_.input_size}}}},
    num_held_out={held_out},
)

model = dict(
    head=dict(
        metainfo={{{{_base_.metainfo}}}}, input_size={{{{_base_.input_size}}}}, regressor=dict(base_channels=16)
    )
)
train_dataloader = dict(
    _delete_=True,
    batch_size=32,
    num_workers=0,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(**poses, jitter=jitter),
)
val_dataloader = dict(
    _delete_=True,
    batch_size=50,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(**poses, test_mode=True),
)
test_dataloader = val_dataloader
val_evaluator = [dict(type='kpgan_mm.KeypointGANMetric', prior={{{{_base_.prior}}}}), dict(type='EPE')]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.PosePriorDataset'

train_cfg = dict(max_iters=max_iters, val_interval=max(max_iters // 4, 1))
optim_wrapper = dict(regressor=dict(optimizer=dict(lr=2e-3)))
param_scheduler = dict(
    type='CosineAnnealingLR', by_epoch=False, begin=0, end=max_iters, T_max=max_iters, eta_min_ratio=0.05
)
default_hooks = dict(checkpoint=dict(interval=max(max_iters // 4, 1)))
"""

DATA = """# Your data: videos, where the figure is, skeleton and prior. config.py and regressor.py inherit it.
metainfo = dict(from_file='{{{{ fileDirname }}}}/skeleton.py')
data_help = 'What this project reads is named in its data.py; poses placed by hand go to prior.npz beside it.'
cache_dir = '{{{{ fileDirname }}}}/.cache'  # frames are decoded into it once
videos = {videos}
{place}
# Size of the network's input, (width, height): multiples of 8, of about the aspect of the crop.
input_size = {input_size}
# One in so many frames of the videos is used; with fewer they take less room in .cache.
stride = {stride}
# Distance of the two frames of a pair, in frames that are used: the pose should change between them, the scene not.
frame_gap = {frame_gap}

# Unpaired poses: what skeletons look like. Which pose belongs to which picture is never used.
prior = dict(
{prior}
)

source = dict({source})
crop_transforms = [
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size),
]
train_dataloader = dict(
    batch_size=16,
    num_workers=0,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.FramePairDataset',
        source=source,
        prior=prior,
        metainfo=metainfo,
        frame_gap=frame_gap,
        order='random',
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='GetBBoxCenterScale', padding=1.0),
{flip}            dict(type='TopdownAffine', input_size=input_size),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    ),
)
{evaluation}
test_dataloader = val_dataloader
test_evaluator = val_evaluator
"""

LABELLED = """# Labelled frames judge; they are never trained on.
val_dataloader = dict(
    batch_size=22,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.DeepLabCutDataset',
        ann_file='{{{{ fileDirname }}}}/labels.csv',
        data_root={images!r},
        metainfo=metainfo,
        crop=crop,
        split={split!r},
        test_mode=True,
        pipeline=[dict(type='LoadImage'), *crop_transforms, dict(type='PackPoseInputs')],
    ),
)
# The error, % of the longer side of the crop, beside that of the mean pose of the prior. A second set of figures leaves
# out the keypoints in `exclude`.
val_evaluator = [
    dict(type='kpgan_mm.KeypointGANMetric', prior=prior, exclude=[]{visible_only}),
    dict(type='EPE'),
]
dataset_type = 'kpgan_mm.DeepLabCutDataset\'"""

UNLABELLED = """# Without labels the reconstruction is judged: ratio_to_copy below 1 beats a copy of another frame.
val_dataloader = dict(
    batch_size=32,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.FrameDataset',
        source=source,
        stride={stride},
        metainfo=metainfo,
        test_mode=True,
        pipeline=[dict(type='LoadImage'), *crop_transforms, dict(type='PackPoseInputs')],
    ),
)
val_evaluator = [dict(type='kpgan_mm.ReconstructionError')]
dataset_type = 'kpgan_mm.FrameDataset\'"""
