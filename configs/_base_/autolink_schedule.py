# One AdamW, constant learning rate, MMEngine's own loop: the released training, for batches of 64.
_base_ = ['default_runtime.py']
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-4, weight_decay=1e-3))
train_cfg = dict(type='IterBasedTrainLoop', max_iters=20000, val_interval=1000)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(base_batch_size=64)
custom_hooks = [
    dict(type='kpgan_mm.PlainCheckpointHook'),
    dict(type='kpgan_mm.LearnedSkeletonHook'),
    dict(type='kpgan_mm.ContactSheetHook', interval=500),
]
# One optimiser needs no wrapper of ours.
model_wrapper_cfg = dict(_delete_=True, type='MMDistributedDataParallel')
