# KeypointGAN on the generated puppets at 64 pixels, sized for a CPU: the full schedule.
#   python tools/train.py configs/kpgan_puppets.py
_base_ = [
    '_base_/default_runtime.py',
    '_base_/evaluation/puppets_regression.py',
    '_base_/models/keypoint_gan_64.py',
    '_base_/schedule.py',
]
regressor_pretraining = 'regressor_puppets.py'

model = dict(
    head=dict(metainfo={{_base_.metainfo}}, input_size={{_base_.input_size}}),
    # Predictions are averaged with those of the mirrored picture, as in most of MMPose's configs.
    test_cfg=dict(flip_test=True),
)
test_cfg = {{_base_.fitted_test_cfg}}
train_cfg = dict(max_iters=4500, val_interval=500)
optim_wrapper = dict(
    generator=dict(optimizer=dict(lr=1e-3)),
    regressor=dict(optimizer=dict(lr=5e-4)),
)
param_scheduler = dict(type='CosineAnnealingLR', by_epoch=False, begin=0, end=4500, T_max=4500, eta_min_ratio=0.05)
