# Stage one of kpgan_cat_head_64.py: eta learns to read drawings of jittered prior poses. No image, no label.
_base_ = ['_base_/default_runtime.py', '_base_/datasets/cat_head_64.py', '_base_/regressor_pretraining.py']

# Warped pictures show heads turned, moved and scaled a little; early drawings lie anywhere.
jitter = dict(type='kpgan_mm.PoseJitter', zoom=(0.7, 1.1), aspect=(0.9, 1.1), shift=0.2, noise=0.02)
model = dict(
    head=dict(metainfo={{_base_.metainfo}}, input_size={{_base_.input_size}}, regressor=dict(base_channels=16))
)
train_dataloader = dict(
    _delete_=True,
    batch_size=32,
    num_workers=0,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.PosePriorDataset',
        prior={{_base_.prior}},
        metainfo={{_base_.metainfo}},
        input_size={{_base_.input_size}},
        num_held_out=500,
        jitter=jitter,
    ),
)
val_dataloader = dict(
    _delete_=True,
    batch_size=64,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.PosePriorDataset',
        prior={{_base_.prior}},
        metainfo={{_base_.metainfo}},
        input_size={{_base_.input_size}},
        num_held_out=500,
        test_mode=True,
    ),
)
test_dataloader = val_dataloader
val_evaluator = [dict(type='kpgan_mm.KeypointGANMetric', prior={{_base_.prior}}), dict(type='EPE')]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.PosePriorDataset'

train_cfg = dict(max_iters=2000, val_interval=500)
optim_wrapper = dict(regressor=dict(optimizer=dict(lr=2e-3)))
param_scheduler = dict(type='CosineAnnealingLR', by_epoch=False, begin=0, end=2000, T_max=2000, eta_min_ratio=0.05)
