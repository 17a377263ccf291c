# AutoLink on the generated puppets at 64 pixels, sized for a CPU: keypoints and skeleton from single images, no labels.
#   python tools/train.py configs/autolink_puppets.py
_base_ = [
    '_base_/autolink_schedule.py',
    '_base_/evaluation/puppets_regression.py',
    '_base_/models/autolink_64.py',
]
num_keypoints = 14
keypoints = dict(num_keypoints=num_keypoints)

model = dict(head=dict(metainfo=keypoints, input_size={{_base_.input_size}}))
train_dataloader = dict(
    _delete_=True,
    batch_size=16,
    num_workers=0,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.FrameDrawDataset',
        source={{_base_.train_dataloader.dataset.source}},
        metainfo=keypoints,
        pipeline={{_base_.test_pipeline}},
    ),
)
val_cfg = {{_base_.fitted_val_cfg}}
test_cfg = {{_base_.fitted_test_cfg}}
val_evaluator = {{_base_.regression_evaluator}}
test_evaluator = {{_base_.regression_evaluator}}

train_cfg = dict(max_iters=6000, val_interval=1000)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
