# AutoLink on a running mouse from below: single frames of one video, no labels and no poses.
#   python tools/train.py configs/autolink_mouse.py --cfg-options data_root=FOLDER
# FOLDER as for kpgan_mouse.py. The labels of 44 frames are fitted and those of 44 others tested, after training.
_base_ = [
    '_base_/autolink_schedule.py',
    '_base_/evaluation/mouse_regression.py',
    '_base_/models/autolink_64.py',
]
num_keypoints = 8
keypoints = dict(num_keypoints=num_keypoints)

model = dict(
    # The pictures are dark: brighter paws weigh more in the reconstruction.
    data_preprocessor=dict(mean=(40.0, 40.0, 40.0), std=(40.0, 40.0, 40.0)),
    head=dict(metainfo=keypoints, input_size={{_base_.input_size}}),
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
        pipeline={{_base_.test_pipeline}},
    ),
)
val_cfg = {{_base_.fitted_val_cfg}}
test_cfg = {{_base_.fitted_test_cfg}}
val_evaluator = {{_base_.regression_evaluator}}
test_evaluator = {{_base_.regression_evaluator}}

train_cfg = dict(max_iters=3000, val_interval=500)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
