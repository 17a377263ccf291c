# Three Adam optimisers, constant learning rate, gradients clipped to norm 1 each: the released training.
optim_wrapper = dict(
    constructor='kpgan_mm.MultiOptimWrapperConstructor',
    generator=dict(
        type='OptimWrapper',
        modules=['backbone', 'generator'],
        optimizer=dict(type='Adam', lr=2e-4, betas=(0.5, 0.999)),
        clip_grad=dict(max_norm=1.0),
    ),
    discriminator=dict(
        type='OptimWrapper',
        modules=['discriminator'],
        optimizer=dict(type='Adam', lr=2e-4, betas=(0.5, 0.999)),
        clip_grad=dict(max_norm=1.0),
    ),
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
custom_hooks = [dict(type='kpgan_mm.PlainCheckpointHook'), dict(type='kpgan_mm.ContactSheetHook', interval=400)]
