# AutoLink on pictures of horses (Horse2Zebra, trainA), 32 keypoints, as released; there is no score.
#   python tools/train.py configs/autolink_horse.py --cfg-options data_root=FOLDER
_base_ = ['_base_/autolink_schedule.py', '_base_/datasets/image_folder.py', '_base_/models/autolink.py']
num_keypoints = 32
keypoints = dict(num_keypoints=num_keypoints)

model = dict(
    head=dict(metainfo=keypoints, input_size={{_base_.input_size}}, sigma_squared=2.5e-4),
    reconstruction_loss=dict(
        extractor=dict(init_cfg=dict(type='Pretrained', checkpoint={{_base_.vgg_weights}}, prefix='backbone.')),
    ),
    test_cfg=dict(reconstruct=True),
)
train_dataloader = dict(dataset=dict(metainfo=keypoints))
val_dataloader = dict(dataset=dict(metainfo=keypoints))
test_dataloader = val_dataloader
train_cfg = dict(val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
