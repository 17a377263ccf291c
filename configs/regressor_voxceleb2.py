# Stage one of kpgan_voxceleb2.py: eta learns to read drawings of jittered MultiPIE faces. No image, no label.
_base_ = ['_base_/default_runtime.py', '_base_/datasets/voxceleb2.py', '_base_/regressor_pretraining.py']

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
        jitter=dict(type='kpgan_mm.PoseJitter', zoom=(0.5, 1.0), shift=True),
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
        test_mode=True,
    ),
)
test_dataloader = val_dataloader
val_evaluator = [dict(type='kpgan_mm.KeypointGANMetric', prior={{_base_.prior}}), dict(type='EPE')]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.PosePriorDataset'

train_cfg = dict(max_iters=100000, val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
