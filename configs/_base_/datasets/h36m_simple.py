# Simplified Human3.6M as the release uses it: training images from the first half of every sequence, prior poses from
# the second half, backgrounds masked out, S11 for testing. All files but the weights are made by the converter.
data_root = 'data/simple_h36m'
data_help = (
    'Unpack human_images.tar.gz of Simplified Human3.6M there and run '
    'python tools/dataset_converters/simple_h36m_to_coco.py FOLDER, which writes train.json, prior.npz and test.json; '
    'vgg19.pth is made by python tools/model_converters/vgg19_from_matconvnet.py; give another folder by '
    '--cfg-options data_root=FOLDER.'
)
vgg_weights = data_root + '/vgg19.pth'
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/h36m_simple.py')
input_size = (128, 128)
prior = dict(type='kpgan_mm.NpzPosePrior', file=data_root + '/prior.npz', size=(128, 128), group_key='video_id')

train_dataloader = dict(
    batch_size=16,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.FramePairDataset',
        source=dict(type='kpgan_mm.AnnotatedFrames', data_root=data_root, ann_file='train.json'),
        prior=prior,
        metainfo=metainfo,
        frame_gap=(0, 1000),
        order='earlier',
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='kpgan_mm.MaskBackground'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size=input_size),
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
        source=dict(type='kpgan_mm.AnnotatedFrames', data_root=data_root, ann_file='test.json'),
        metainfo=metainfo,
        test_mode=True,
        pipeline=[
            dict(type='LoadImage'),
            dict(type='kpgan_mm.MaskBackground'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size=input_size),
            dict(
                type='PackPoseInputs',
                meta_keys=(
                    'id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size', 'input_center', 'input_scale',
                    'flip_indices', 'category', 'activity',
                ),
            ),
        ],
    ),
)  # fmt: skip
test_dataloader = val_dataloader
val_evaluator = [
    dict(type='kpgan_mm.KeypointGANMetric', prior=prior),
    dict(type='PCKAccuracy', thr=0.05, norm_item='bbox'),
    dict(type='EPE'),
    dict(type='NME', norm_mode='use_norm_item', norm_item='bbox_size'),
]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.FrameDataset'
