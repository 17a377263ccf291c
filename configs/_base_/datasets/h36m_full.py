# Human3.6M with 17 joints and its backgrounds: pictures from the first half of every take of S1, S5, S6, S7 and S8,
# prior poses from the second halves, S9 and S11 for testing. All files but pictures and weights are the converter's.
data_root = 'data/h36m_full'
data_help = (
    'Put the images folder of preprocess_h36m.py of MMPose there and run '
    'python tools/dataset_converters/h36m_to_frames.py JSON... --root FOLDER on the json files of its h36m_to_coco.py, '
    'which writes train.json, prior.npz and test.json; mpi_inf_3dhp_28.npz is made by '
    'python tools/dataset_converters/mpi_inf_3dhp_to_npz.py, mpi_inf_3dhp_train.npz by preprocess_mpi_inf_3dhp.py of '
    'MMPose, vgg19.pth by '
    'python tools/model_converters/vgg19_from_matconvnet.py; give another folder by --cfg-options data_root=FOLDER.'
)
vgg_weights = data_root + '/vgg19.pth'
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/h36m.py')
input_size = (128, 128)
# A pair of frames is cropped to the box round both persons, in which a person is smaller than in its own box.
jitter = dict(type='kpgan_mm.PoseJitter', zoom=(0.6, 1.0), shift=True)
prior = dict(
    type='kpgan_mm.NpzPosePrior',
    file=data_root + '/prior.npz',
    size=(128, 128),
    group_key='video_id',
    jitter=jitter,
)

test_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size),
    dict(
        type='PackPoseInputs',
        meta_keys=(
            'id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size', 'input_center', 'input_scale',
            'flip_indices', 'category', 'activity',
        ),
    ),
]  # fmt: skip
test_frames = dict(
    type='kpgan_mm.FrameDataset',
    source=dict(
        type='kpgan_mm.AnnotatedFrames', data_root=data_root, ann_file='test.json', data_prefix=dict(img='images')
    ),
    metainfo=metainfo,
    test_mode=True,
    pipeline=test_pipeline,
)
train_dataloader = dict(
    batch_size=16,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.FramePairDataset',
        source=dict(
            type='kpgan_mm.AnnotatedFrames', data_root=data_root, ann_file='train.json', data_prefix=dict(img='images')
        ),
        prior=prior,
        metainfo=metainfo,
        # Up to 3 seconds: MMPose keeps every fifth frame of 50 a second.
        frame_gap=(1, 30),
        order='earlier',
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size=input_size),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    ),
)
# Every fiftieth frame in training, all of them in tools/test.py.
val_dataloader = dict(
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(stride=50, **test_frames),
)
test_dataloader = dict(
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=test_frames,
)
val_evaluator = [
    dict(type='kpgan_mm.KeypointGANMetric', prior=prior, unit='pixels'),
    dict(type='EPE'),
    dict(type='PCKAccuracy', thr=0.05, norm_item='bbox'),
]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.FrameDataset'
