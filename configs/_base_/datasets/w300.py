# 300-W: 3,148 training pictures without their labels, 689 test pictures. Prior: the 68-point landmarks of MultiPIE.
# Boxes are made from the landmarks, as in MMPose's files, and crops are wider by a quarter.
data_root = 'data'
data_help = (
    'It should hold w300/images/{afw,helen,lfpw,ibug}, w300/annotations made by python '
    'tools/dataset_converters/w300_to_coco.py FOLDER/w300/images --out FOLDER/w300/annotations, multipie/ with the '
    '.pts files of MultiPIE, and vgg19.pth made by python tools/model_converters/vgg19_from_matconvnet.py; give the '
    'folder by --cfg-options data_root=FOLDER.'
)
vgg_weights = data_root + '/vgg19.pth'
# MMPose's own data set reads it, and looks from the current folder only.
metainfo = dict(from_file='{{ fileDirname }}/../../../kpgan_mm/datasets/metainfo/face_68.py')
input_size = (128, 128)
# The figure fills 1 / 1.25 of the crop, as fit_padding=0.125 has it in the prior.
padding = 1.25
prior = dict(
    type='kpgan_mm.PtsPosePrior',
    paths=data_root + '/multipie',
    fit_padding=0.125,
    input_size=input_size,
    # Warped pictures show heads moved and scaled a little; so does the prior, or D would pull them to the middle.
    jitter=dict(type='kpgan_mm.PoseJitter', zoom=(0.85, 1.1), shift=0.2),
)
images = dict(img=data_root + '/w300/images')
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=padding),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PackPoseInputs'),
]

train_dataloader = dict(
    batch_size=16,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.FramePairDataset',
        source=dict(
            type='kpgan_mm.DatasetFrames',
            dataset=dict(
                type='Face300WDataset',
                ann_file=data_root + '/w300/annotations/face_landmarks_300w_train.json',
                data_prefix=images,
                metainfo=metainfo,
            ),
        ),
        prior=prior,
        metainfo=metainfo,
        # Both frames are one picture, told apart by random warps.
        frame_gap=(0, 0),
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='GetBBoxCenterScale', padding=padding),
            dict(type='TopdownAffine', input_size=input_size),
            dict(type='kpgan_mm.RandomThinPlateSplinePair', target=True, reference=True),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='Face300WDataset',
        ann_file=data_root + '/w300/annotations/face_landmarks_300w_valid.json',
        data_prefix=images,
        metainfo=metainfo,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
# Supervised post-processing is fitted on the training pictures, of which the test has none.
fit_dataloader = dict(
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='Face300WDataset',
        ann_file=data_root + '/w300/annotations/face_landmarks_300w_train.json',
        data_prefix=images,
        metainfo=metainfo,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
fitted_test_cfg = dict(type='kpgan_mm.FittedTestLoop', fit_dataloader=fit_dataloader)

# Inter-ocular: over the distance of the outer corners of the eyes.
eyes = (36, 45)
val_evaluator = [
    dict(type='NME', norm_mode='keypoint_distance', keypoint_indices=list(eyes)),
    dict(type='kpgan_mm.KeypointGANMetric', prior=prior, unit='inter_ocular', eyes=eyes),
    dict(type='kpgan_mm.KeypointGANMetric', prior=prior),
]
regression_evaluator = [
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='keypointgan_regression', unit='inter_ocular', eyes=eyes),
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='imm', eyes=eyes),
]
test_evaluator = [*val_evaluator, *regression_evaluator]
dataset_type = 'Face300WDataset'
