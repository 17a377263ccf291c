# AutoLink on real people, the Weizmann actions at 64 pixels: single frames, no labels, no motion capture.
#   python tools/train.py configs/autolink_weizmann.py --cfg-options data_root=FOLDER
# FOLDER holds weizmann_actions/{train,test}, JPEG strips of 64 x 64 frames.
_base_ = [
    '_base_/autolink_schedule.py',
    '_base_/datasets/weizmann.py',
    '_base_/models/autolink_64.py',
]
data_help = (
    'It should hold weizmann_actions/train and weizmann_actions/test, a JPEG strip of 64 x 64 frames a clip; give the '
    'folder by --cfg-options data_root=FOLDER.'
)
num_keypoints = 12
keypoints = dict(num_keypoints=num_keypoints)

model = dict(
    head=dict(metainfo=keypoints, input_size={{_base_.input_size}}),
    test_cfg=dict(reconstruct=True),
)
train_dataloader = dict(
    _delete_=True,
    batch_size=16,
    num_workers=0,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.FrameDrawDataset',
        source={{_base_.train_dataloader.dataset.source}},
        metainfo=keypoints,
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size={{_base_.input_size}}),
            dict(type='PackPoseInputs'),
        ],
    ),
)
val_dataloader = dict(dataset=dict(metainfo=dict(_delete_=True, **keypoints)))
test_dataloader = val_dataloader
# There are no labels: whether keypoints lie on the person, and how well images are repainted.
val_evaluator = [dict(type='kpgan_mm.ForegroundShare'), dict(type='kpgan_mm.ReconstructionError')]
test_evaluator = val_evaluator

train_cfg = dict(max_iters=4000, val_interval=1000)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
