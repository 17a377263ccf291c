# The reference line of table 1, Newell et al. 2016: MMPose's own hourglass, two of them, each with a loss of its own,
# trained with the labels of all frames of the training subjects and tested as the others are.
#   python tools/train.py configs/supervised_hourglass_h36m.py --cfg-options data_root=FOLDER
_base_ = ['_base_/default_runtime.py', '_base_/datasets/h36m_simple.py']
data_help = (
    'Unpack human_images.tar.gz of Simplified Human3.6M there and run python '
    'tools/dataset_converters/simple_h36m_to_coco.py FOLDER, which writes prior.npz and test.json, and again with '
    '--out FOLDER/labelled --train-subjects S11 --test-subjects S1 S5 S6 S7 S8 S9, which writes labelled/test.json; '
    'give another folder by --cfg-options data_root=FOLDER.'
)

codec = dict(type='MSRAHeatmap', input_size={{_base_.input_size}}, heatmap_size=(32, 32), sigma=1)
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(type='kpgan_mm.FramePairDataPreprocessor'),
    backbone=dict(type='HourglassNet', num_stacks=2),
    head=dict(
        type='CPMHead',
        in_channels=256,
        out_channels=32,
        num_stages=2,
        deconv_out_channels=None,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=codec,
    ),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=False),
)
train_dataloader = dict(
    _delete_=True,
    batch_size=32,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='kpgan_mm.FrameDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames',
            data_root={{_base_.data_root}},
            ann_file='labelled/test.json',
        ),
        metainfo={{_base_.metainfo}},
        pipeline=[
            dict(type='LoadImage'),
            dict(type='kpgan_mm.MaskBackground'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size={{_base_.input_size}}),
            dict(type='GenerateTarget', encoder=codec),
            dict(type='PackPoseInputs'),
        ],
    ),
)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=5e-4))
param_scheduler = dict(type='CosineAnnealingLR', by_epoch=False, begin=0, end=100000, T_max=100000, eta_min_ratio=0.05)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=100000, val_interval=5000)
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(checkpoint=dict(interval=5000))
# There is no reconstruction to look at; one optimiser needs no wrapper of ours.
custom_hooks = [dict(type='kpgan_mm.PlainCheckpointHook')]
model_wrapper_cfg = dict(_delete_=True, type='MMDistributedDataParallel')
auto_scale_lr = dict(base_batch_size=32)
