# KeypointGAN as released on Human3.6M with 17 joints, table 2 of Jakab et al. 2020: errors in pixels of the picture.
#   python tools/train.py configs/kpgan_h36m_full.py --cfg-options data_root=FOLDER
# The release has neither data nor settings of this experiment; split, crop and schedule are ours.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/datasets/h36m_full.py',
    '_base_/models/keypoint_gan.py',
    '_base_/schedule.py',
]
regressor_pretraining = 'regressor_h36m_full.py'

model = dict(
    head=dict(
        metainfo={{_base_.metainfo}},
        input_size={{_base_.input_size}},
        # The pre-trained regressor, untouched, chooses the sides at test time, as in the released evaluation.
        judge=dict(type='kpgan_mm.KeypointRegressor'),
    ),
    reconstruction_loss=dict(
        extractor=dict(init_cfg=dict(type='Pretrained', checkpoint={{_base_.vgg_weights}})),
    ),
)
train_cfg = dict(max_iters=300000, val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
