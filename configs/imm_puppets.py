# IMM on the generated puppets at 64 pixels, sized for a CPU: 14 keypoints from pairs of frames, no poses, no labels.
#   python tools/train.py configs/imm_puppets.py
# Keypoints without names are scored by a linear map, fitted with the labels of other images.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/evaluation/puppets_regression.py',
    '_base_/models/imm_64.py',
    '_base_/imm_schedule.py',
]
num_keypoints = 14

model = dict(
    backbone=dict(num_keypoints=num_keypoints),
    head=dict(metainfo=dict(num_keypoints=num_keypoints), input_size={{_base_.input_size}}),
    generator=dict(num_keypoints=num_keypoints),
)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='kpgan_mm.UnposedPairDataset',
        source={{_base_.train_dataloader.dataset.source}},
        metainfo=dict(num_keypoints=num_keypoints),
        frame_gap={{_base_.train_dataloader.dataset.frame_gap}},
        order='random',
        pipeline={{_base_.train_dataloader.dataset.pipeline}},
    ),
)
val_evaluator = {{_base_.regression_evaluator}}
test_evaluator = val_evaluator
val_cfg = {{_base_.fitted_val_cfg}}
test_cfg = {{_base_.fitted_test_cfg}}
train_cfg = dict(max_iters=4500, val_interval=500)
param_scheduler = dict(
    _delete_=True, type='CosineAnnealingLR', by_epoch=False, begin=0, end=4500, T_max=4500, eta_min_ratio=0.05
)
# One optimiser needs no wrapper of ours.
model_wrapper_cfg = dict(_delete_=True, type='MMDistributedDataParallel')
