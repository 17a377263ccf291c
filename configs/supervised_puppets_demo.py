# The reference line of kpgan_puppets_demo.py: labels, and as many iterations.
_base_ = ['supervised_puppets.py']

train_cfg = dict(max_iters=1200, val_interval=300)
param_scheduler = dict(end=1200, T_max=1200)
default_hooks = dict(logger=dict(interval=20))
