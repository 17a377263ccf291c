# A KeypointGAN without any label: skeleton and prior are what AutoLink has discovered on the same video. Three steps:
#   python tools/train.py configs/autolink_mouse.py --cfg-options data_root=FOLDER
#   (skeleton and poses into work_dirs/autolink_mouse/discovered: docs/methods/autolink.md#a-prior-for-keypointgan)
#   python tools/train.py configs/kpgan_mouse_autolink_prior.py --cfg-options data_root=FOLDER
# The keypoints have no names, so labels only score, after a linear map to them, and are fitted on other images.
_base_ = ['kpgan_mouse.py']
regressor_pretraining = 'regressor_mouse_autolink_prior.py'
data_help = (
    'data_root should be as for kpgan_mouse.py, and discovered_root should hold skeleton.py and predictions.npz, which '
    'tools/misc/export_skeleton.py and tools/predict.py make from an AutoLink; give the folders by --cfg-options '
    'data_root=FOLDER discovered_root=OTHER.'
)
discovered_root = 'work_dirs/autolink_mouse/discovered'
discovered = dict(from_file=discovered_root + '/skeleton.py')

model = dict(head=dict(metainfo=discovered))
train_dataloader = dict(
    dataset=dict(
        metainfo=discovered,
        prior=dict(
            _delete_=True,
            type='kpgan_mm.NpzPosePrior',
            file=discovered_root + '/predictions.npz',
            key='keypoints_normalized',
        ),
        # Nobody knows which keypoint mirrors which: no RandomFlip.
        pipeline=[
            dict(type='kpgan_mm.LoadFramePair'),
            dict(type='GetBBoxCenterScale', padding=1.0),
            dict(type='TopdownAffine', input_size={{_base_.input_size}}),
            dict(type='kpgan_mm.PackPairInputs'),
        ],
    )
)
val_cfg = {{_base_.fitted_val_cfg}}
val_evaluator = {{_base_.regression_evaluator}}
test_evaluator = {{_base_.regression_evaluator}}
