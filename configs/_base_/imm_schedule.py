# One Adam, every parameter's gradient clipped by itself, MMEngine's own loop: the released training, batches of 50.
# A config that inherits it sets model_wrapper_cfg to MMEngine's: one optimiser needs no wrapper of ours.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='kpgan_mm.ClippedAdam', lr=1e-3, weight_decay=1e-5, max_norm=1.0),
    # Only weights of convolutions decay.
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
)
param_scheduler = dict(type='StepLR', by_epoch=False, step_size=100000, gamma=0.95)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=1, val_interval=1000)
auto_scale_lr = dict(base_batch_size=50)
custom_hooks = [dict(type='kpgan_mm.PlainCheckpointHook'), dict(type='kpgan_mm.ContactSheetHook', interval=400)]
