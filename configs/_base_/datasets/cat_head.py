# Cat heads: single pictures, which a pair of thin-plate splines turns into target and reference, and poses of other
# cats. All files but the weights are made by the converter; see docs/datasets/cat_head.md.
data_root = 'data/cat_head'
data_help = (
    'Unpack the CAT data set there (CAT_00 to CAT_06) and run '
    'python tools/dataset_converters/cat_head_to_coco.py FOLDER, which writes train.json, prior.json and test.json; '
    'vgg19.pth is made by python tools/model_converters/vgg19_from_matconvnet.py; give another folder by '
    '--cfg-options data_root=FOLDER.'
)
vgg_weights = data_root + '/vgg19.pth'
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/cat_head.py')
input_size = (128, 128)
prior = dict(
    type='kpgan_mm.DatasetPosePrior',
    dataset=dict(
        type='kpgan_mm.FrameDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames', ann_file=data_root + '/prior.json', data_prefix=dict(img=data_root)
        ),
        metainfo=metainfo,
    ),
    input_size=input_size,
    # Warped pictures show heads moved and scaled a little; so does the prior, or D would pull them to the middle.
    jitter=dict(type='kpgan_mm.PoseJitter', zoom=(0.85, 1.1), shift=0.2),
)

train_dataloader = dict(
    batch_size=16,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.FramePairDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames', ann_file=data_root + '/train.json', data_prefix=dict(img=data_root)
        ),
        prior=prior,
        metainfo=metainfo,
        # Both frames are the one picture.
        frame_gap=(0, 0),
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size=input_size),
            dict(type='kpgan_mm.RandomThinPlateSplinePair', target=True, reference=True),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.FrameDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames', ann_file=data_root + '/test.json', data_prefix=dict(img=data_root)
        ),
        metainfo=metainfo,
        test_mode=True,
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size=input_size),
            dict(type='PackPoseInputs'),
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = [
    dict(type='kpgan_mm.KeypointGANMetric', prior=prior),
    # Error over the distance of the eyes, as a fraction.
    dict(type='NME', norm_mode='keypoint_distance', keypoint_indices=[0, 1]),
]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.FrameDataset'
