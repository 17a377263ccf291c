# Stage one of kpgan_cat_head.py: eta learns to read drawings of jittered prior poses. No image, no label.
_base_ = ['_base_/default_runtime.py', '_base_/datasets/cat_head.py', '_base_/regressor_pretraining.py']

# Warped pictures show heads turned, moved and scaled a little; early drawings lie anywhere.
jitter = dict(type='kpgan_mm.PoseJitter', zoom=(0.7, 1.1), aspect=(0.9, 1.1), shift=0.2, noise=0.02)
model = dict(head=dict(metainfo={{_base_.metainfo}}, input_size={{_base_.input_size}}))
train_dataloader = dict(
    _delete_=True,
    batch_size=16,
    num_workers=8,
    persistent_workers=True,
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

train_cfg = dict(max_iters=100000, val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
