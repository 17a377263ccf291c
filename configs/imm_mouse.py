# IMM on the running mouse from below: keypoints from one unlabelled video, no poses, no labels.
#   python tools/train.py configs/imm_mouse.py --cfg-options data_root=FOLDER
# Keypoints without names are scored by a linear map, fitted with the labels of 44 images and tested on 44 others.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/evaluation/mouse_regression.py',
    '_base_/models/imm_64.py',
    '_base_/imm_schedule.py',
]
num_keypoints = 7

model = dict(
    # The pictures are dark: brighter paws weigh more in the reconstruction.
    data_preprocessor=dict(mean=(40.0, 40.0, 40.0), std=(40.0, 40.0, 40.0)),
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
        # No random flips, which the data have for the sake of the prior.
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size={{_base_.input_size}}),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    ),
)
val_evaluator = {{_base_.regression_evaluator}}
test_evaluator = val_evaluator
val_cfg = {{_base_.fitted_val_cfg}}
test_cfg = {{_base_.fitted_test_cfg}}
train_cfg = dict(max_iters=1000, val_interval=250)
param_scheduler = dict(
    _delete_=True, type='CosineAnnealingLR', by_epoch=False, begin=0, end=1000, T_max=1000, eta_min_ratio=0.05
)
# One optimiser needs no wrapper of ours.
model_wrapper_cfg = dict(_delete_=True, type='MMDistributedDataParallel')
