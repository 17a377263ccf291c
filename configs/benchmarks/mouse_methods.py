# KeypointGAN, AutoLink, IMM and the network with labels on the running mouse, 1,000 iterations each.
#   python tools/benchmark.py configs/benchmarks/mouse_methods.py --seeds 0 1 2 --cfg-options data_root=FOLDER
title = 'Methods on the mouse'
description = """
Bottom view of a running mouse, 96 x 48 pixels: one unlabelled video of 994 frames, 44 labelled frames for priors and
fits, 44 others for the test. 1,000 iterations each; KeypointGAN's regressor comes on top. "Direct" errors are of
keypoints with names, without any fit; "+ regression" is a linear map fitted with the labels of 44 images, which a
handful of keypoints nearly determines: read it beside the mean pose. There is no third set of labels: KeypointGAN's
schedule was chosen looking at these.
"""
figures = {
    'direct, %': 'keypointgan/error',
    'direct without the nose, %': 'keypointgan/error_without_nose_bot',
    '+ regression, %': 'keypointgan_regression/error',
}
baselines = {
    'mean prior pose, a constant': {
        'direct, %': 'keypointgan/mean_prior_error',
        'direct without the nose, %': 'keypointgan/mean_prior_error_without_nose_bot',
    },
    'mean pose of the fitted labels, a constant': {'+ regression, %': 'keypointgan_regression/mean_pose_error'},
}
flags = ['--amp']
experiments = {
    'KeypointGAN': dict(config='../kpgan_mouse.py'),
    'AutoLink, K = 8': dict(
        config='../autolink_mouse.py', options={'train_cfg.max_iters': 1000, 'train_cfg.val_interval': 500}
    ),
    'IMM, K = 7': dict(config='../imm_mouse.py'),
    'same network as KeypointGAN, with labels': dict(config='../supervised_mouse.py'),
}
