# Faces at 64 pixels on ten pictures of 300-W, for a CPU: shows that every part runs, and is no experiment.
#   python tools/train.py configs/kpgan_w300_64.py --cfg-options data_root=FOLDER
_base_ = [
    '_base_/default_runtime.py',
    '_base_/datasets/w300_64.py',
    '_base_/models/keypoint_gan_64.py',
    '_base_/schedule.py',
]
regressor_pretraining = 'regressor_w300_64.py'

model = dict(head=dict(metainfo={{_base_.metainfo}}, input_size={{_base_.input_size}}))
test_cfg = {{_base_.fitted_test_cfg}}
train_cfg = dict(max_iters=600, val_interval=150)
optim_wrapper = dict(
    generator=dict(optimizer=dict(lr=1e-3)),
    regressor=dict(optimizer=dict(lr=5e-4)),
)
param_scheduler = dict(type='CosineAnnealingLR', by_epoch=False, begin=0, end=600, T_max=600, eta_min_ratio=0.05)
