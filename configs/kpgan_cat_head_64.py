# Cat heads at 64 pixels, for a CPU and without weights of another network.
#   python tools/train.py configs/kpgan_cat_head_64.py --cfg-options data_root=FOLDER
_base_ = [
    '_base_/default_runtime.py',
    '_base_/datasets/cat_head_64.py',
    '_base_/models/keypoint_gan_64.py',
    '_base_/schedule.py',
]
regressor_pretraining = 'regressor_cat_head_64.py'

model = dict(head=dict(metainfo={{_base_.metainfo}}, input_size={{_base_.input_size}}))
train_cfg = dict(max_iters=6000, val_interval=500)
optim_wrapper = dict(
    generator=dict(optimizer=dict(lr=1e-3)),
    regressor=dict(optimizer=dict(lr=5e-4)),
)
param_scheduler = dict(type='CosineAnnealingLR', by_epoch=False, begin=0, end=6000, T_max=6000, eta_min_ratio=0.05)
