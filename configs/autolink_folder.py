# AutoLink on your own pictures: a folder of images, of videos or of both, or one video file. No labels.
#   python tools/train.py configs/autolink_folder.py --cfg-options data_root=my_images num_keypoints=16
# At the end the keypoints of all pictures are in work_dirs/autolink_folder/predictions; tools/predict.py does the same.
# Files that cannot be read are left out, and named in the log.
# One object a picture, about as large and in the same place everywhere. Thin lines suit many keypoints, thick ones few:
# model.head.sigma_squared=1e-3 for 16, 2.5e-3 for 8, 1e-2 for 4.
_base_ = ['_base_/autolink_schedule.py', '_base_/models/autolink_64.py']
data_root = 'my_images'
data_help = 'Put images or videos into a folder and name it by --cfg-options data_root=FOLDER.'
num_keypoints = 16
keypoints = dict(num_keypoints=num_keypoints)
input_size = (64, 64)
source = dict(type='kpgan_mm.FolderOrVideo', root=data_root, cache_dir='.cache/folder', bad_data='skip')
pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PackPoseInputs'),
]

model = dict(
    head=dict(metainfo=keypoints, input_size=input_size, sigma_squared=1e-3),
    test_cfg=dict(reconstruct=True),
)
train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(type='kpgan_mm.FrameDrawDataset', source=source, metainfo=keypoints, pipeline=pipeline),
)
# The same pictures: what is looked at is how well they are repainted.
val_dataloader = dict(
    batch_size=32,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(type='kpgan_mm.FrameDataset', source=source, metainfo=keypoints, test_mode=True, pipeline=pipeline),
)
test_dataloader = val_dataloader
val_evaluator = [dict(type='kpgan_mm.ReconstructionError')]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.FrameDataset'

train_cfg = dict(max_iters=6000, val_interval=2000)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
custom_hooks = [
    dict(type='kpgan_mm.PlainCheckpointHook'),
    dict(type='kpgan_mm.LearnedSkeletonHook'),
    dict(type='kpgan_mm.ContactSheetHook', interval=500),
    dict(type='kpgan_mm.PredictFilesHook', source=data_root),
]
