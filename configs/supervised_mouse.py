# The reference line of kpgan_mouse.py: the same Phi and eta, trained with the labels of the 44 frames whose poses are
# the prior there, by a stock MMPose estimator; tested on the other 44.
#   python tools/train.py configs/supervised_mouse.py --cfg-options data_root=FOLDER
_base_ = ['_base_/default_runtime.py', '_base_/evaluation/mouse_regression.py']

codec = dict(type='RegressionLabel', input_size={{_base_.input_size}})
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(type='kpgan_mm.FramePairDataPreprocessor', mean=(40.0, 40.0, 40.0), std=(40.0, 40.0, 40.0)),
    backbone=dict(type='kpgan_mm.SkeletonTranslator', base_channels=16),
    head=dict(
        type='kpgan_mm.SkeletonBottleneck',
        metainfo={{_base_.metainfo}},
        input_size={{_base_.input_size}},
        regressor=dict(type='kpgan_mm.KeypointRegressor', base_channels=16),
    ),
    test_cfg=dict(),
)
train_dataloader = dict(
    _delete_=True,
    batch_size=16,
    num_workers=0,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='kpgan_mm.DeepLabCutDataset',
        ann_file={{_base_.prior.dataset.ann_file}},
        metainfo={{_base_.metainfo}},
        crop={{_base_.crop}},
        split='prior',
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            # 44 frames are few. Seen from below, top and bottom mirrored is left and right exchanged.
            dict(type='RandomFlip', prob=0.5, direction='vertical'),
            dict(type='RandomBBoxTransform', shift_factor=0.05, scale_factor=(0.9, 1.1), rotate_factor=0.0),
            dict(type='TopdownAffine', input_size={{_base_.input_size}}),
            dict(type='GenerateTarget', encoder=codec),
            dict(type='PackPoseInputs'),
        ],
    ),
)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3), clip_grad=dict(max_norm=1.0))
param_scheduler = dict(type='CosineAnnealingLR', by_epoch=False, begin=0, end=1000, T_max=1000, eta_min_ratio=0.05)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=1000, val_interval=250)
val_cfg = dict()
test_cfg = {{_base_.fitted_test_cfg}}
# There is no reconstruction to look at; one optimiser needs no wrapper of ours.
custom_hooks = [dict(type='kpgan_mm.PlainCheckpointHook')]
model_wrapper_cfg = dict(_delete_=True, type='MMDistributedDataParallel')
auto_scale_lr = dict(base_batch_size=16)
