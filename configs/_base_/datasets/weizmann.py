# Weizmann actions: one person before a static background, no labels. Prior: Human3.6M motion capture, from the front.
data_root = 'data'
data_help = (
    'It should hold weizmann_actions/train and weizmann_actions/test, a JPEG strip of 64 x 64 frames a clip, and '
    'h36m_mocap/h36m_mocap.npz with joints_3d (N, 17, 3); give the folder by --cfg-options data_root=FOLDER.'
)
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/h36m.py')
input_size = (64, 64)
prior = dict(
    type='kpgan_mm.MocapPosePrior',
    file=data_root + '/h36m_mocap/h36m_mocap.npz',
    azimuth=(-40, 40),
    # Those with people standing, and arms raised now and then.
    actions=['directions', 'discussion', 'greeting', 'posing', 'takingphoto', 'waiting'],
    # The camera cuts most people at the knees: figures are larger than the picture and start near its top.
    placement=dict(scale=(1.15, 1.5), x=(-0.15, 0.15), y=(0.35, 0.65)),
)

test_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=input_size),
    dict(
        type='PackPoseInputs',
        meta_keys=(
            'id', 'img_id', 'img_path', 'ori_shape', 'img_shape', 'input_size', 'input_center', 'input_scale',
            'flip_indices', 'category', 'video_id', 'foreground',
        ),
    ),
]  # fmt: skip
train_dataloader = dict(
    batch_size=16,
    num_workers=0,
    sampler=dict(type='kpgan_mm.DrawSampler'),
    dataset=dict(
        type='kpgan_mm.FramePairDataset',
        source=dict(type='kpgan_mm.FrameStrips', root=data_root + '/weizmann_actions/train', frame_width=64),
        prior=prior,
        metainfo=metainfo,
        frame_gap=(3, 30),
        order='random',
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size=input_size),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.FrameDataset',
        source=dict(
            type='kpgan_mm.FrameStrips',
            root=data_root + '/weizmann_actions/test',
            frame_width=64,
            background_subtraction=dict(body_stands_still=True),
        ),
        stride=4,
        metainfo=metainfo,
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = [dict(type='kpgan_mm.ForegroundShare', prior=prior), dict(type='kpgan_mm.ReconstructionError')]
test_evaluator = val_evaluator
dataset_type = 'kpgan_mm.FrameDataset'
