# Pre-training of the regressor on drawings of prior poses. A config that inherits it fills in head and data.
model = dict(
    type='kpgan_mm.RegressorPretraining',
    head=dict(type='kpgan_mm.SkeletonBottleneck', regressor=dict(type='kpgan_mm.KeypointRegressor')),
)
optim_wrapper = dict(
    constructor='kpgan_mm.MultiOptimWrapperConstructor',
    regressor=dict(
        type='OptimWrapper',
        modules=['head.regressor'],
        optimizer=dict(type='Adam', lr=2e-4, betas=(0.5, 0.999)),
        clip_grad=dict(max_norm=1.0),
    ),
)
train_cfg = dict(type='kpgan_mm.GANTrainLoop', max_iters=1, val_interval=1000)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(base_batch_size=16)
# Nothing to show but drawings.
custom_hooks = [dict(type='kpgan_mm.PlainCheckpointHook')]
