# The supervised reference line of table 3: regression with the wing loss (Feng et al. 2018), MMPose's own, as in its
# configuration for WFLW, on 300-W.
#   python tools/train.py configs/supervised_wing_w300.py --cfg-options data_root=FOLDER
# The backbone starts at random; model.backbone.init_cfg.type=Pretrained
# model.backbone.init_cfg.checkpoint=torchvision://resnet50 fetches weights from ImageNet, as MMPose does.
_base_ = ['_base_/default_runtime.py', '_base_/datasets/w300.py']
data_help = (
    'It should hold w300/images/{afw,helen,lfpw,ibug}, w300/annotations made by python '
    'tools/dataset_converters/w300_to_coco.py FOLDER/w300/images --out FOLDER/w300/annotations; give the folder by '
    '--cfg-options data_root=FOLDER.'
)
input_size = (256, 256)

codec = dict(type='RegressionLabel', input_size=input_size)
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True
    ),
    backbone=dict(type='ResNet', depth=50),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='RegressionHead',
        in_channels=2048,
        num_joints=68,
        loss=dict(type='WingLoss', use_target_weight=True),
        decoder=codec,
    ),
    test_cfg=dict(flip_test=True, shift_coords=True),
)
train_dataloader = dict(
    _delete_=True,
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='Face300WDataset',
        ann_file={{_base_.train_dataloader.dataset.source.dataset.ann_file}},
        data_prefix={{_base_.images}},
        metainfo={{_base_.metainfo}},
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale', padding={{_base_.padding}}),
            dict(type='RandomFlip', direction='horizontal'),
            dict(type='RandomBBoxTransform', scale_factor=[0.75, 1.25], rotate_factor=60),
            dict(type='TopdownAffine', input_size=input_size),
            dict(type='GenerateTarget', encoder=codec),
            dict(type='PackPoseInputs'),
        ],
    ),
)
val_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale', padding={{_base_.padding}}),
            dict(type='TopdownAffine', input_size=input_size),
            dict(type='PackPoseInputs'),
        ]
    )
)
test_dataloader = val_dataloader
# The outer corners of the eyes.
val_evaluator = [dict(type='NME', norm_mode='keypoint_distance', keypoint_indices=[36, 45])]
test_evaluator = val_evaluator
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=5e-4))
# About 200 epochs of 3,148 pictures.
param_scheduler = [
    dict(type='LinearLR', begin=0, end=500, start_factor=0.001, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=10000, milestones=[8000, 9500], gamma=0.1, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=10000, val_interval=1000)
val_cfg = dict()
test_cfg = dict()
custom_hooks = [dict(type='kpgan_mm.PlainCheckpointHook')]
# One optimiser needs no wrapper of ours.
model_wrapper_cfg = dict(_delete_=True, type='MMDistributedDataParallel')
auto_scale_lr = dict(base_batch_size=64)
