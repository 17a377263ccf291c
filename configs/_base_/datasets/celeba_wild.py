# CelebA's original photos as AutoLink uses them: faces of at least 30 % of the photo, squashed to squares; scored on
# MAFL's test part by a linear map fitted on its training part. Made by the converter; see docs/datasets/celeba.md.
data_root = 'data/celeba/wild'
data_help = (
    'It is made by python tools/dataset_converters/celeba_wild_to_coco.py from the downloads of CelebA '
    '(Img/img_celeba, Anno, Eval) and MAFL and holds pictures/ and *.json; vgg16.pth is the VGG-16 checkpoint of '
    'MMPretrain; give another folder by --cfg-options data_root=FOLDER.'
)
vgg_weights = data_root + '/vgg16.pth'
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/celeba_5.py')
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
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='RandomFlip', direction='horizontal'),
            dict(type='TopdownAffine', input_size=input_size),
            dict(type='PackPoseInputs'),
        ],
    ),
)
fit_dataloader = dict(
    batch_size=64,
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.CelebAWildDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames',
            data_root=data_root,
            ann_file='mafl_train.json',
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
        type='kpgan_mm.CelebAWildDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames',
            data_root=data_root,
            ann_file='mafl_test.json',
            data_prefix=dict(img='pictures'),
        ),
        metainfo=metainfo,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
fitted_val_cfg = dict(type='kpgan_mm.FittedValLoop', fit_dataloader=fit_dataloader)
fitted_test_cfg = dict(type='kpgan_mm.FittedTestLoop', fit_dataloader=fit_dataloader)
val_evaluator = [dict(type='kpgan_mm.KeypointRegressionMetric', protocol='autolink_celeba')]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.CelebAWildDataset'
