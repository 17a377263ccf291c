# Ten pictures of 300-W, to see the wheels turn: five to train on, without their labels; the landmarks of the other five
# and of four frames of 300-VW are the prior; two pictures of 300-W's indoor test set are the test.
_base_ = ['w300.py']
data_root = 'data'
data_help = (
    'It should hold w300_sample/ with ten pictures and .pts files of 300-W, w300_sample/annotations made by python '
    'tools/dataset_converters/w300_to_coco.py FOLDER/w300_sample --out FOLDER/w300_sample/annotations, and '
    'mmpose_samples/ with 300w and 300vw of the test data of MMPose; give the folder by --cfg-options data_root=FOLDER.'
)
input_size = (64, 64)
padding = 1.25
prior = dict(
    type='kpgan_mm.PtsPosePrior',
    paths=[
        data_root + '/w300_sample/103236168_1.pts',
        data_root + '/w300_sample/103770709_1.pts',
        data_root + '/w300_sample/107635070_1.pts',
        data_root + '/w300_sample/1084919955_1.pts',
        data_root + '/w300_sample/110520830_5.pts',
        data_root + '/mmpose_samples/300vw',
    ],
    fit_padding=0.125,
    input_size=input_size,
    jitter=dict(
        type='kpgan_mm.PoseJitter',
        # Nine faces are few: without jitter the discriminator learns them by heart.
        rotate=(-10, 10),
        zoom=(0.75, 0.85),
        aspect=(0.9, 1.1),
        shift=0.05,
    ),
)
images = dict(img=data_root + '/mmpose_samples/300w')
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=padding),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PackPoseInputs'),
]

train_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        source=dict(
            dataset=dict(
                ann_file=data_root + '/w300_sample/annotations/face_landmarks_300w_train.json',
                data_prefix=dict(img=data_root + '/w300_sample'),
                # The first five, by name; the prior has the others.
                indices=[0, 1, 2, 3, 4],
            ),
        ),
        prior=prior,
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
    batch_size=2,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        ann_file=data_root + '/mmpose_samples/300w/test_300w.json', data_prefix=images, pipeline=test_pipeline
    ),
)
test_dataloader = dict(
    batch_size=2,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        ann_file=data_root + '/mmpose_samples/300w/test_300w.json', data_prefix=images, pipeline=test_pipeline
    ),
)
fit_dataloader = dict(
    batch_size=5,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        ann_file=data_root + '/w300_sample/annotations/face_landmarks_300w_train.json',
        data_prefix=dict(img=data_root + '/w300_sample'),
        pipeline=test_pipeline,
    ),
)
fitted_test_cfg = dict(fit_dataloader=fit_dataloader)
eyes = (36, 45)
val_evaluator = [
    dict(type='NME', norm_mode='keypoint_distance', keypoint_indices=list(eyes)),
    dict(type='kpgan_mm.KeypointGANMetric', prior=prior, unit='inter_ocular', eyes=eyes),
    dict(type='kpgan_mm.KeypointGANMetric', prior=prior),
]
test_evaluator = [
    *val_evaluator,
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='keypointgan_regression', unit='inter_ocular', eyes=eyes),
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='imm', eyes=eyes),
]
