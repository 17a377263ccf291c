# AutoLink on CelebA's aligned faces, 10 keypoints; published 3.54. Its loader was not released: data and crop are
# those of imm_celeba.py, and the thickness of the lines is ours.
#   python tools/train.py configs/autolink_celeba.py --cfg-options data_root=FOLDER
_base_ = ['_base_/default_runtime.py', '_base_/datasets/celeba.py', '_base_/models/autolink.py']
num_keypoints = 10

model = dict(
    head=dict(metainfo=dict(num_keypoints=num_keypoints), input_size={{_base_.input_size}}, sigma_squared=2.5e-3),
    reconstruction_loss=dict(
        extractor=dict(init_cfg=dict(type='Pretrained', checkpoint={{_base_.vgg_weights}}, prefix='backbone.')),
    ),
)
train_dataloader = dict(
    batch_size=64,
    dataset=dict(
        _delete_=True,
        type='kpgan_mm.FrameDrawDataset',
        source={{_base_.train_dataloader.dataset.source}},
        metainfo=dict(num_keypoints=num_keypoints),
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale', padding=0.8),
            dict(type='RandomFlip', direction='horizontal'),
            dict(type='kpgan_mm.StretchToInput', input_size={{_base_.input_size}}),
            dict(type='PackPoseInputs'),
        ],
    ),
)
val_evaluator = [dict(type='kpgan_mm.KeypointRegressionMetric', protocol='autolink_celeba')]
test_evaluator = val_evaluator

# autolink_schedule.py, without its loops of validation and test.
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-4, weight_decay=1e-3))
train_cfg = dict(type='IterBasedTrainLoop', max_iters=20000, val_interval=5000)
auto_scale_lr = dict(base_batch_size=64)
default_hooks = dict(checkpoint=dict(interval=5000))
custom_hooks = [
    dict(type='kpgan_mm.PlainCheckpointHook'),
    dict(type='kpgan_mm.LearnedSkeletonHook'),
    dict(type='kpgan_mm.ContactSheetHook', interval=500),
]
model_wrapper_cfg = dict(_delete_=True, type='MMDistributedDataParallel')
