# The mouse, tested directly and after supervised post-processing. Listed in place of datasets/mouse.py, with
#   test_cfg = {{_base_.fitted_test_cfg}}
# The linear maps are fitted on the 44 images whose poses are the prior; the other 44 labelled images are the test.
_base_ = ['../datasets/mouse.py']

fit_dataloader = dict(
    batch_size=22,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='kpgan_mm.DeepLabCutDataset',
        ann_file={{_base_.prior.dataset.ann_file}},
        metainfo={{_base_.metainfo}},
        crop={{_base_.crop}},
        split='prior',
        test_mode=True,
        pipeline={{_base_.test_pipeline}},
    ),
)
fitted_test_cfg = dict(type='kpgan_mm.FittedTestLoop', fit_dataloader=fit_dataloader)
fitted_val_cfg = dict(type='kpgan_mm.FittedValLoop', fit_dataloader=fit_dataloader)

# For keypoints without names, in any number. With 44 images, more than some 15 keypoints fit the labels by heart.
regression_evaluator = [
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='keypointgan_regression'),
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='autolink'),
    dict(type='kpgan_mm.KeypointRegressionMetric', protocol='lmdis'),
]
test_evaluator = [
    dict(type='kpgan_mm.KeypointGANMetric', prior={{_base_.prior}}, exclude=['nose_bot']),
    dict(type='EPE'),
    *regression_evaluator,
]
