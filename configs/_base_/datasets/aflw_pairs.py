# AFLW in MMPose's annotation files: pairs are two warps of one face; keypoints are scored on five of its 19 landmarks
# (centres of the eyes, tip of the nose, corners of the mouth), by a linear map fitted on its training part.
# Not named aflw.py: there MMPose's data set looks for its metainfo.
data_root = 'data/aflw'
data_help = (
    'It should hold images/ with aflw/data/flickr, and annotations/ with face_landmarks_aflw_train.json and '
    'face_landmarks_aflw_test.json of MMPose; vgg16.pth is the VGG-16 checkpoint of MMPretrain; give the folder by '
    '--cfg-options data_root=FOLDER.'
)
vgg_weights = data_root + '/vgg16.pth'
input_size = (128, 128)
images = dict(img=data_root + '/images')
crop = [
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size),
]
# See celeba.py.
warps = dict(
    type='kpgan_mm.RandomThinPlateSplinePair',
    target=dict(rotation=0.0, scale=0.0, translation=0.05, warp=(0.002, 0.01)),
    reference=dict(rotation=5.0, scale=0.1, translation=0.05, warp=(0.002, 0.02)),
)
test_pipeline = [dict(type='LoadImage'), *crop, dict(type='PackPoseInputs')]
faces = dict(
    type='AFLWDataset',
    ann_file=data_root + '/annotations/face_landmarks_aflw_train.json',
    data_prefix=images,
)

train_dataloader = dict(
    batch_size=50,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.UnposedPairDataset',
        source=dict(type='kpgan_mm.DatasetFrames', dataset=faces),
        # Both frames are the one picture.
        frame_gap=(0, 0),
        pipeline=[dict(type='kpgan_mm.LoadFramePair'), *crop, warps, dict(type='kpgan_mm.PackPairInputs')],
    ),
)
fit_dataloader = dict(
    batch_size=100,
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    # Not in test mode, which asks for a size that only the test's annotations have.
    dataset=dict(**faces, pipeline=test_pipeline),
)
val_dataloader = dict(
    batch_size=100,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='AFLWDataset',
        ann_file=data_root + '/annotations/face_landmarks_aflw_test.json',
        data_prefix=images,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_cfg = dict(type='kpgan_mm.FittedValLoop', fit_dataloader=fit_dataloader)
test_cfg = dict(type='kpgan_mm.FittedTestLoop', fit_dataloader=fit_dataloader)
val_evaluator = [
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='imm', keypoint_indices=[7, 10, 13, 15, 17], eyes=(7, 10)),
]
test_evaluator = val_evaluator
dataset_type = 'AFLWDataset'
