# Simplified Human3.6M for AutoLink: every frame of S1 and S5 to S9 to train and to fit on, S11 to test; with
# backgrounds.
data_root = 'data/simple_h36m'
data_help = (
    'Unpack human_images.tar.gz of Simplified Human3.6M there and run python '
    'tools/dataset_converters/simple_h36m_to_coco.py FOLDER, which writes test.json, and again with --out '
    'FOLDER/labelled --train-subjects S11 --test-subjects S1 S5 S6 S7 S8 S9, which writes labelled/test.json; '
    'vgg16.pth is the VGG-16 checkpoint of MMPretrain; give another folder by --cfg-options data_root=FOLDER.'
)
vgg_weights = data_root + '/vgg16.pth'
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/h36m_simple.py')
input_size = (128, 128)
labelled = dict(type='kpgan_mm.AnnotatedFrames', data_root=data_root, ann_file='labelled/test.json')
to_input = [
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size),
]
pack = dict(
    type='PackPoseInputs',
    meta_keys=(
        'id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size', 'input_center', 'input_scale',
        'flip_indices', 'category', 'activity',
    ),
)  # fmt: skip
test_pipeline = [dict(type='LoadImage'), *to_input, pack]
fit_frames = dict(
    type='kpgan_mm.FrameDataset', source=labelled, metainfo=metainfo, test_mode=True, pipeline=test_pipeline
)
test_frames = dict(
    type='kpgan_mm.FrameDataset',
    source=dict(type='kpgan_mm.AnnotatedFrames', data_root=data_root, ann_file='test.json'),
    metainfo=metainfo,
    test_mode=True,
    pipeline=test_pipeline,
)
in_order = dict(
    batch_size=64,
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
)

train_dataloader = dict(
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.FrameDrawDataset',
        source=labelled,
        pipeline=[
            dict(type='LoadImage'),
            dict(type='RandomFlip', direction='horizontal'),
            *to_input,
            dict(type='PackPoseInputs'),
        ],
    ),
)
# Every fiftieth frame in training, all of them in tools/test.py.
val_dataloader = dict(**in_order, dataset=dict(**test_frames, stride=50))
test_dataloader = dict(**in_order, dataset=test_frames)
fitted_val_cfg = dict(
    type='kpgan_mm.FittedValLoop', fit_dataloader=dict(**in_order, dataset=dict(**fit_frames, stride=50))
)
fitted_test_cfg = dict(type='kpgan_mm.FittedTestLoop', fit_dataloader=dict(**in_order, dataset=fit_frames))
# The second with the release's list of left and right, in which joint 28 stands twice and 29 not at all.
val_evaluator = [
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='autolink'),
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='autolink_released'),
]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.FrameDataset'
