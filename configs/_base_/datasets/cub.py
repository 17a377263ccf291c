# CUB-200-2011 as AutoLink uses it: birds cut out by their boxes and squashed to squares; visible parts are scored by
# linear maps, one a part, fitted on the training part. Made by the converter; see docs/datasets/cub.md.
data_root = 'data/CUB_200_2011/autolink'
data_help = (
    'It is made by python tools/dataset_converters/cub_to_coco.py from the folder CUB_200_2011 and holds '
    'pictures/ and *.json; vgg16.pth is the VGG-16 checkpoint of MMPretrain; give another folder by --cfg-options '
    'data_root=FOLDER.'
)
vgg_weights = data_root + '/vgg16.pth'
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/cub_15.py')
input_size = (128, 128)
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PackPoseInputs'),
]

train_dataloader = dict(
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.FrameDrawDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames',
            data_root=data_root,
            ann_file='train.json',
            data_prefix=dict(img='pictures'),
        ),
        pipeline=test_pipeline,
    ),
)
fit_dataloader = dict(
    batch_size=64,
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.FrameDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames',
            data_root=data_root,
            ann_file='train.json',
            data_prefix=dict(img='pictures'),
        ),
        metainfo=metainfo,
        test_mode=True,
        pipeline=test_pipeline,
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
            type='kpgan_mm.AnnotatedFrames', data_root=data_root, ann_file='test.json', data_prefix=dict(img='pictures')
        ),
        metainfo=metainfo,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
fitted_val_cfg = dict(type='kpgan_mm.FittedValLoop', fit_dataloader=fit_dataloader)
fitted_test_cfg = dict(type='kpgan_mm.FittedTestLoop', fit_dataloader=fit_dataloader)
val_evaluator = [dict(type='kpgan_mm.KeypointRegressionMetric', protocol='autolink_cub')]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.FrameDataset'
