# CelebA's aligned faces as IMM uses them: pairs are two warps of one picture, from CelebA's training part without
# MAFL's test pictures; keypoints are scored on MAFL, by a linear map fitted on MAFL's training part. Annotations are
# made by the converter; see docs/datasets/celeba.md.
data_root = 'data/celeba'
data_help = (
    'Unpack the downloads of CelebA (Img, Anno, Eval) and MAFL there and run '
    'python tools/dataset_converters/celeba_to_coco.py FOLDER, which writes celeba_train.json and mafl_*.json; '
    'vgg16.pth is the VGG-16 checkpoint of MMPretrain; give another folder by --cfg-options data_root=FOLDER.'
)
vgg_weights = data_root + '/vgg16.pth'
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/celeba_5.py')
input_size = (128, 128)
images = dict(img='Img/img_align_celeba')
# Released: the picture of 178 x 218 becomes one of 160 x 160, whose centre of 128 x 128 is the input; that is the
# central four fifths, stretched.
crop = [
    dict(type='GetBBoxCenterScale', padding=0.8),
    dict(type='kpgan_mm.StretchToInput', input_size=input_size),
]
# The released warps. The weights' canvas is padded here, and twice as large: half the shift is the same shift, and
# twice the weights bend as much. Released code warps the target once more for the reference, here each is warped by
# itself.
warps = dict(
    type='kpgan_mm.RandomThinPlateSplinePair',
    target=dict(rotation=0.0, scale=0.0, translation=0.05, warp=(0.002, 0.01)),
    reference=dict(rotation=5.0, scale=0.1, translation=0.05, warp=(0.002, 0.02)),
)
test_pipeline = [dict(type='LoadImage'), *crop, dict(type='PackPoseInputs')]

train_dataloader = dict(
    batch_size=50,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.UnposedPairDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames', data_root=data_root, ann_file='celeba_train.json', data_prefix=images
        ),
        # Both frames are the one picture.
        frame_gap=(0, 0),
        pipeline=[dict(type='kpgan_mm.LoadFramePair'), *crop, warps, dict(type='kpgan_mm.PackPairInputs')],
    ),
)
fit_dataloader = dict(
    batch_size=100,
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.FrameDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames', data_root=data_root, ann_file='mafl_train.json', data_prefix=images
        ),
        metainfo=metainfo,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=100,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.FrameDataset',
        source=dict(type='kpgan_mm.AnnotatedFrames', data_root=data_root, ann_file='mafl_val.json', data_prefix=images),
        metainfo=metainfo,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = dict(
    batch_size=100,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.FrameDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames', data_root=data_root, ann_file='mafl_test.json', data_prefix=images
        ),
        metainfo=metainfo,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
val_cfg = dict(type='kpgan_mm.FittedValLoop', fit_dataloader=fit_dataloader)
test_cfg = dict(type='kpgan_mm.FittedTestLoop', fit_dataloader=fit_dataloader)
val_evaluator = [dict(type='kpgan_mm.KeypointRegressionMetric', protocol='imm')]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.FrameDataset'
