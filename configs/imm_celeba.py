# IMM on CelebA, tested on MAFL, 128 pixels: the released configuration with 10 keypoints.
#   python tools/train.py configs/imm_celeba.py --cfg-options data_root=FOLDER
# The release never ends; 300,000 iterations are our choice.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/datasets/celeba.py',
    '_base_/models/imm.py',
    '_base_/imm_schedule.py',
]
num_keypoints = 10

model = dict(
    backbone=dict(num_keypoints=num_keypoints),
    head=dict(metainfo=dict(num_keypoints=num_keypoints), input_size={{_base_.input_size}}),
    generator=dict(num_keypoints=num_keypoints),
    reconstruction_loss=dict(
        extractor=dict(init_cfg=dict(type='Pretrained', checkpoint={{_base_.vgg_weights}}, prefix='backbone.')),
        # Released for warps only, whose borders show nothing.
        border=dict(margin=10, ramp=20),
    ),
)
train_dataloader = dict(dataset=dict(metainfo=dict(num_keypoints=num_keypoints)))
train_cfg = dict(max_iters=300000, val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
# One optimiser needs no wrapper of ours.
model_wrapper_cfg = dict(_delete_=True, type='MMDistributedDataParallel')
