# AutoLink on pictures of hands (11k Hands), mirrored ones too, 32 keypoints; there is no score. The thickness is ours.
#   python tools/train.py configs/autolink_hands.py --cfg-options data_root=FOLDER
_base_ = ['autolink_horse.py']

model = dict(head=dict(sigma_squared=7.5e-4))
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='RandomFlip', direction='horizontal'),
            dict(type='kpgan_mm.StretchToInput', input_size={{_base_.input_size}}),
            dict(type='PackPoseInputs'),
        ],
    ),
)
