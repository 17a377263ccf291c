# Mirror-mouse, view from below (rows 198 to 405). Prior: every other completely labelled frame; test: the others.
data_root = 'data/mirror_mouse'
data_help = (
    'It should hold videos/test_vid.mp4, labeled-data/ and CollectedData.csv of the mirror-mouse example of Lightning '
    'Pose; give the folder by --cfg-options data_root=FOLDER.'
)
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/mouse_bottom.py')
input_size = (96, 48)
crop = (0, 198, 396, 208)
prior = dict(
    type='kpgan_mm.DatasetPosePrior',
    dataset=dict(
        type='kpgan_mm.DeepLabCutDataset',
        ann_file=data_root + '/CollectedData.csv',
        metainfo=metainfo,
        crop=crop,
        split='prior',
    ),
    input_size=input_size,
    jitter=dict(
        type='kpgan_mm.PoseJitter',
        # 44 poses are few: without jitter the discriminator learns them by heart.
        zoom=(0.95, 1.0),
        shift=0.05,
        # In the video the tail points to the upper left far more often than in labelled frames; mirrored at the body's
        # axis, left and right exchanged, both are alike.
        mirror=dict(direction='vertical', flip_indices=[3, 2, 1, 0, 4, 5, 6]),
    ),
)

test_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PackPoseInputs'),
]
train_dataloader = dict(
    batch_size=16,
    num_workers=0,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.FramePairDataset',
        source=dict(
            type='kpgan_mm.VideoFiles', files=[data_root + '/videos/test_vid.mp4'], cache_dir='.cache/mouse', crop=crop
        ),
        prior=prior,
        metainfo=metainfo,
        frame_gap=(2, 60),
        order='random',
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='RandomFlip', prob=0.5, direction='vertical'),
            dict(type='TopdownAffine', input_size=input_size),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    ),
)
val_dataloader = dict(
    batch_size=22,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.DeepLabCutDataset',
        ann_file=data_root + '/CollectedData.csv',
        metainfo=metainfo,
        crop=crop,
        split='test',
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = [
    dict(type='kpgan_mm.KeypointGANMetric', prior=prior, exclude=['nose_bot']),
    dict(type='EPE'),
]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.DeepLabCutDataset'
