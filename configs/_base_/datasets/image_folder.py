# A folder of pictures without labels, squashed to squares: what is looked at is how well they are repainted. See
# docs/datasets/image_folders.md.
data_root = 'data/images'
data_help = (
    'It should be a folder of pictures, sub-folders included, that show one object each; vgg16.pth is the VGG-16 '
    'checkpoint of MMPretrain, here or where model.reconstruction_loss.extractor.init_cfg.checkpoint says; give '
    'another folder by --cfg-options data_root=FOLDER.'
)
vgg_weights = data_root + '/vgg16.pth'
input_size = (128, 128)
pictures = dict(type='kpgan_mm.FrameFolders', root=data_root)
pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='kpgan_mm.StretchToInput', input_size=input_size),
    dict(type='PackPoseInputs'),
]

train_dataloader = dict(
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(type='kpgan_mm.FrameDrawDataset', source=pictures, pipeline=pipeline),
)
# Every tenth picture of each folder, from those trained on.
val_dataloader = dict(
    batch_size=64,
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(type='kpgan_mm.FrameDataset', source=pictures, stride=10, test_mode=True, pipeline=pipeline),
)
test_dataloader = val_dataloader
val_evaluator = [dict(type='kpgan_mm.ReconstructionError')]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.FrameDataset'
