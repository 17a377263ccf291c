# The reference line of kpgan_puppets.py: the same Phi and eta, trained with labels by a stock MMPose estimator.
#   python tools/train.py configs/supervised_puppets.py
_base_ = ['_base_/default_runtime.py', '_base_/evaluation/puppets_regression.py']

codec = dict(type='RegressionLabel', input_size={{_base_.input_size}})
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(type='kpgan_mm.FramePairDataPreprocessor'),
    backbone=dict(type='kpgan_mm.SkeletonTranslator', base_channels=16),
    head=dict(
        type='kpgan_mm.SkeletonBottleneck',
        metainfo={{_base_.metainfo}},
        input_size={{_base_.input_size}},
        regressor=dict(type='kpgan_mm.KeypointRegressor', base_channels=16),
    ),
    test_cfg=dict(flip_test=True),
)
train_dataloader = dict(
    _delete_=True,
    batch_size=16,
    num_workers=0,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='kpgan_mm.PuppetDataset',
        split='train',
        num_videos=300,
        num_frames=16,
        image_size=64,
        metainfo={{_base_.metainfo}},
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size={{_base_.input_size}}),
            dict(type='GenerateTarget', encoder=codec),
            dict(type='PackPoseInputs'),
        ],
    ),
)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3), clip_grad=dict(max_norm=1.0))
param_scheduler = dict(type='CosineAnnealingLR', by_epoch=False, begin=0, end=4500, T_max=4500, eta_min_ratio=0.05)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=4500, val_interval=500)
val_cfg = dict()
test_cfg = {{_base_.fitted_test_cfg}}
# There is no reconstruction to look at; one optimiser needs no wrapper of ours.
custom_hooks = [dict(type='kpgan_mm.PlainCheckpointHook')]
model_wrapper_cfg = dict(_delete_=True, type='MMDistributedDataParallel')
auto_scale_lr = dict(base_batch_size=16)
