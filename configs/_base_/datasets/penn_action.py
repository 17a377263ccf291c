# Penn Action: clips of 15 sports and exercises. Pictures and poses come from different clips of every action; all files
# but the weights are made by the converter; see docs/datasets/penn_action.md.
data_root = 'data/penn_action'
data_help = (
    'Unpack Penn Action there (labels and frames) and run '
    'python tools/dataset_converters/penn_action_to_coco.py FOLDER, which writes train.json, prior.json and test.json; '
    'vgg19.pth is made by python tools/model_converters/vgg19_from_matconvnet.py; give another folder by '
    '--cfg-options data_root=FOLDER.'
)
vgg_weights = data_root + '/vgg19.pth'
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/penn_action.py')
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
    # The crop of a pair holds the figure of both frames: each is smaller than the crop, and not in its middle.
    jitter=dict(type='kpgan_mm.PoseJitter', zoom=(0.75, 1.0), shift=0.15),
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
        # Clips are short and people cross the picture: further apart, figures would be small in their common crop.
        frame_gap=(2, 20),
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
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.FrameDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames', ann_file=data_root + '/test.json', data_prefix=dict(img=data_root)
        ),
        stride=8,
        metainfo=metainfo,
        test_mode=True,
        pipeline=[
            dict(type='LoadImage'),
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
    # Hidden joints have no label.
    dict(type='kpgan_mm.KeypointGANMetric', prior=prior, visible_only=True),
    dict(type='PCKAccuracy', thr=0.2, norm_item='bbox'),
    dict(type='EPE'),
]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.FrameDataset'
