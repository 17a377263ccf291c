# A reference line for the puppets from outside: MMPose's own hourglass (Newell et al. 2016) with labels. One hourglass,
# less deep, since its maps have 16 pixels to a side.
#   python tools/train.py configs/supervised_hourglass_puppets.py
_base_ = ['supervised_puppets.py']

codec = dict(type='MSRAHeatmap', input_size={{_base_.input_size}}, heatmap_size=(16, 16), sigma=1)
model = dict(
    backbone=dict(
        _delete_=True,
        type='HourglassNet',
        num_stacks=1,
        downsample_times=3,
        stage_channels=(256, 256, 256, 256),
        stage_blocks=(1, 1, 1, 1),
    ),
    head=dict(
        _delete_=True,
        type='HeatmapHead',
        in_channels=256,
        out_channels=14,
        deconv_out_channels=None,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=codec,
    ),
    test_cfg=dict(flip_mode='heatmap', shift_heatmap=False),
)
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size={{_base_.input_size}}),
            dict(type='GenerateTarget', encoder=codec),
            dict(type='PackPoseInputs'),
        ]
    )
)
