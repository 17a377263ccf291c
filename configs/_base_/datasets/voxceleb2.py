# VoxCeleb2: a million clips of speaking people, no labels. Prior: the 68-point landmarks of MultiPIE. Test: 300-W.
_base_ = ['w300.py']
data_root = 'data'
data_help = (
    'It should hold voxceleb2/dev/mp4/<id>/<video>/<clip>.mp4 of VoxCeleb2, multipie/ with the .pts files of MultiPIE, '
    'w300/ for the test as docs/datasets/w300.md has it, and vgg19.pth made by python '
    'tools/model_converters/vgg19_from_matconvnet.py; give the folder by --cfg-options data_root=FOLDER.'
)
input_size = (128, 128)
prior = dict(
    type='kpgan_mm.PtsPosePrior',
    paths=data_root + '/multipie',
    fit_padding=0.125,
    input_size=input_size,
    # Faces are not placed in the clips as exactly as boxes around landmarks are.
    jitter=dict(type='kpgan_mm.PoseJitter', zoom=(0.8, 1.0), shift=0.15),
)

train_dataloader = dict(
    dataset=dict(
        source=dict(
            _delete_=True,
            type='kpgan_mm.VideoClips',
            root=data_root + '/voxceleb2/dev/mp4',
            frames_per_clip=50,
            cache_dir='.cache/voxceleb2',
            # Among a million clips some are damaged: they are named in the log, and another is drawn.
            bad_data='skip',
        ),
        prior=prior,
        # Anywhere in the clip, as released. Counted in positions: 50 are a clip.
        frame_gap=(0, 49),
        order='earlier',
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            # The clips are crops already, 224 x 224, with the shoulders; this is their centre.
            dict(type='GetBBoxCenterScale', padding=0.7),
            dict(type='TopdownAffine', input_size=input_size),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    ),
)
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
