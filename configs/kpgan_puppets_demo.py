# kpgan_puppets.py shortened for `make demo`: some minutes on two CPU cores.
_base_ = ['kpgan_puppets.py']
regressor_pretraining = 'regressor_puppets_demo.py'

train_cfg = dict(max_iters=1200, val_interval=300)
param_scheduler = dict(end=1200, T_max=1200)
default_hooks = dict(logger=dict(interval=20))
custom_hooks = [dict(type='kpgan_mm.PlainCheckpointHook'), dict(type='kpgan_mm.ContactSheetHook', interval=300)]
