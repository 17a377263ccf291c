# The puppets, tested directly and after supervised post-processing. Listed in place of datasets/puppets.py, with
#   test_cfg = {{_base_.fitted_test_cfg}}
# The linear maps are fitted on 600 labelled images of training videos, which no test image is among.
_base_ = ['../datasets/puppets.py']

fit_dataloader = dict(
    batch_size=32,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.PuppetDataset',
        split='train',
        num_videos=150,
        num_frames=4,
        image_size=64,
        metainfo={{_base_.metainfo}},
        test_mode=True,
        pipeline={{_base_.test_pipeline}},
    ),
)
fitted_test_cfg = dict(type='kpgan_mm.FittedTestLoop', fit_dataloader=fit_dataloader)
fitted_val_cfg = dict(type='kpgan_mm.FittedValLoop', fit_dataloader=fit_dataloader)

# For keypoints without names, in any number: nothing can be said without a fit.
regression_evaluator = [
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='keypointgan_regression'),
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='autolink'),
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='lmdis'),
]
test_evaluator = [
    dict(type='kpgan_mm.KeypointGANMetric', prior={{_base_.prior}}),
    dict(type='PCKAccuracy', thr=0.1, norm_item='bbox'),
    dict(type='EPE'),
    dict(type='NME', norm_mode='use_norm_item', norm_item='bbox_size'),
    *regression_evaluator,
]
