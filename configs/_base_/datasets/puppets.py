# Generated puppets: 300 training videos, unpaired prior poses and test videos of other figures, made from a seed.
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/puppets.py')
input_size = (64, 64)
prior = dict(type='kpgan_mm.PuppetPosePrior', num_poses=20000, seed=0, image_size=64)

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
        source=dict(type='kpgan_mm.PuppetFrames', split='train', num_videos=300, num_frames=16, image_size=64),
        prior=prior,
        metainfo=metainfo,
        frame_gap=(1, 15),
        order='random',
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size=input_size),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.PuppetDataset',
        split='test',
        num_videos=40,
        num_frames=10,
        image_size=64,
        metainfo=metainfo,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = [
    dict(type='kpgan_mm.KeypointGANMetric', prior=prior),
    dict(type='PCKAccuracy', thr=0.1, norm_item='bbox'),
    dict(type='EPE'),
    dict(type='NME', norm_mode='use_norm_item', norm_item='bbox_size'),
]
test_evaluator = val_evaluator

dataset_type = 'kpgan_mm.PuppetDataset'
data_root = ''
