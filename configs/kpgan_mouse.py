# A running mouse from below: one unlabelled video, and the poses of 44 labelled frames as an unpaired prior.
#   python tools/train.py configs/kpgan_mouse.py --cfg-options data_root=FOLDER
# FOLDER is the mirror-mouse example of Lightning Pose: videos/test_vid.mp4, labeled-data/ and CollectedData.csv.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/evaluation/mouse_regression.py',
    '_base_/models/keypoint_gan_64.py',
    '_base_/schedule.py',
]
regressor_pretraining = 'regressor_mouse.py'

model = dict(
    # The pictures are dark: brighter paws weigh more in the reconstruction.
    data_preprocessor=dict(mean=(40.0, 40.0, 40.0), std=(40.0, 40.0, 40.0)),
    head=dict(metainfo={{_base_.metainfo}}, input_size={{_base_.input_size}}),
)
test_cfg = {{_base_.fitted_test_cfg}}
train_cfg = dict(max_iters=1000, val_interval=250)
optim_wrapper = dict(
    generator=dict(optimizer=dict(lr=1e-3)),
    regressor=dict(optimizer=dict(lr=5e-4)),
)
param_scheduler = dict(type='CosineAnnealingLR', by_epoch=False, begin=0, end=1000, T_max=1000, eta_min_ratio=0.05)
