# AutoLink on Tai-Chi videos, 10 keypoints, as released; published 316.10.
#   python tools/train.py configs/autolink_taichi.py --cfg-options data_root=FOLDER
_base_ = ['_base_/autolink_schedule.py', '_base_/datasets/taichi.py', '_base_/models/autolink.py']
num_keypoints = 10

model = dict(
    head=dict(metainfo=dict(num_keypoints=num_keypoints), input_size={{_base_.input_size}}, sigma_squared=5e-4),
    reconstruction_loss=dict(
        extractor=dict(init_cfg=dict(type='Pretrained', checkpoint={{_base_.vgg_weights}}, prefix='backbone.')),
    ),
)
train_dataloader = dict(dataset=dict(metainfo=dict(num_keypoints=num_keypoints)))
val_cfg = {{_base_.fitted_val_cfg}}
test_cfg = {{_base_.fitted_test_cfg}}
train_cfg = dict(val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
