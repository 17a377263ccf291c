# AutoLink on CelebA's original photos, 8 keypoints, as released; published 5.24.
#   python tools/train.py configs/autolink_celeba_wild_k8.py --cfg-options data_root=FOLDER
_base_ = ['_base_/autolink_schedule.py', '_base_/datasets/celeba_wild.py', '_base_/models/autolink.py']
num_keypoints = 8

model = dict(
    head=dict(metainfo=dict(num_keypoints=num_keypoints), input_size={{_base_.input_size}}, sigma_squared=2.5e-3),
    reconstruction_loss=dict(
        extractor=dict(init_cfg=dict(type='Pretrained', checkpoint={{_base_.vgg_weights}}, prefix='backbone.')),
    ),
)
train_dataloader = dict(dataset=dict(metainfo=dict(num_keypoints=num_keypoints)))
val_cfg = {{_base_.fitted_val_cfg}}
test_cfg = {{_base_.fitted_test_cfg}}
train_cfg = dict(val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
