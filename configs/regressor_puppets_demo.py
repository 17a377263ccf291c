# Stage one of kpgan_puppets_demo.py.
_base_ = ['regressor_puppets.py']

train_cfg = dict(max_iters=800, val_interval=400)
param_scheduler = dict(end=800, T_max=800)
default_hooks = dict(logger=dict(interval=20))
