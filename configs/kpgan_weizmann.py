# Real people, the Weizmann actions at 64 pixels, with a real but unpaired prior: Human3.6M motion capture, projected.
#   python tools/train.py configs/kpgan_weizmann.py --cfg-options data_root=FOLDER
# FOLDER holds weizmann_actions/{train,test} (JPEG strips of 64 x 64 frames) and h36m_mocap/h36m_mocap.npz.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/datasets/weizmann.py',
    '_base_/models/keypoint_gan_64.py',
    '_base_/schedule.py',
]
regressor_pretraining = 'regressor_weizmann.py'

model = dict(
    head=dict(metainfo={{_base_.metainfo}}, input_size={{_base_.input_size}}),
    test_cfg=dict(reconstruct=True),
)
train_cfg = dict(max_iters=1200, val_interval=400)
optim_wrapper = dict(
    generator=dict(optimizer=dict(lr=1e-3)),
    regressor=dict(optimizer=dict(lr=5e-4)),
)
param_scheduler = dict(type='CosineAnnealingLR', by_epoch=False, begin=0, end=1200, T_max=1200, eta_min_ratio=0.05)
