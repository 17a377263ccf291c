# KeypointGAN on Human3.6M with the poses of another data set, MPI-INF-3DHP, as prior: table 2 of Jakab et al. 2020.
#   python tools/train.py configs/kpgan_h36m_full_3dhp.py --cfg-options data_root=FOLDER
# The model knows 28 joints; predictions are the 17 that Human3.6M has too.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/datasets/h36m_full_3dhp.py',
    '_base_/models/keypoint_gan.py',
    '_base_/schedule.py',
]
regressor_pretraining = 'regressor_3dhp.py'

model = dict(
    head=dict(
        metainfo={{_base_.metainfo}},
        input_size={{_base_.input_size}},
        judge=dict(type='kpgan_mm.KeypointRegressor'),
    ),
    reconstruction_loss=dict(
        extractor=dict(init_cfg=dict(type='Pretrained', checkpoint={{_base_.vgg_weights}})),
    ),
    test_cfg=dict(output_keypoint_indices={{_base_.common_joints}}),
)
train_cfg = dict(max_iters=300000, val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
