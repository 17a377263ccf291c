# IMM on AFLW, 128 pixels: goes on from the model of imm_celeba.py, as released, AFLW being small.
#   python tools/train.py configs/imm_aflw.py --cfg-options data_root=FOLDER load_from=CHECKPOINT
# 50,000 iterations are our choice.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/datasets/aflw_pairs.py',
    '_base_/models/imm.py',
    '_base_/imm_schedule.py',
]
load_from = 'work_dirs/imm_celeba/iter_300000.pth'
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
train_cfg = dict(max_iters=50000, val_interval=2500)
default_hooks = dict(checkpoint=dict(interval=2500))
# One optimiser needs no wrapper of ours.
model_wrapper_cfg = dict(_delete_=True, type='MMDistributedDataParallel')
