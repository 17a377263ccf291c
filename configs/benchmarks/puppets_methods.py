# KeypointGAN, AutoLink, IMM and the network with labels on the generated puppets, in the same training time.
#   python tools/benchmark.py configs/benchmarks/puppets_methods.py --seeds 0 1 2
title = 'Methods on the puppets'
description = """
Generated puppets at 64 pixels, which are no benchmark. Iterations are chosen so that every training takes about as
much time of one core as 1,000 of KeypointGAN with the 1,200 of its regressor: ten minutes. "Direct" errors are of
keypoints with names, without any fit; "+ regression" is a linear map fitted with the labels of 600 training images,
and must be read beside the mean pose of these.
"""
figures = {
    'direct, %': 'keypointgan/error',
    '+ regression, %': 'keypointgan_regression/error',
    '+ regression, % ': 'autolink/error',
}
baselines = {
    'mean prior pose, a constant': {'direct, %': 'keypointgan/mean_prior_error'},
    'mean pose of the fitted labels, a constant': {
        '+ regression, %': 'keypointgan_regression/mean_pose_error',
        '+ regression, % ': 'autolink/mean_pose_error',
    },
}
flags = ['--amp']
kpgan_options = {
    'train_cfg.max_iters': 1000,
    'train_cfg.val_interval': 500,
    'param_scheduler.end': 1000,
    'param_scheduler.T_max': 1000,
    'regressor.train_cfg.max_iters': 1200,
    'regressor.train_cfg.val_interval': 1200,
    'regressor.param_scheduler.end': 1200,
    'regressor.param_scheduler.T_max': 1200,
}
autolink_options = {'train_cfg.max_iters': 2000, 'train_cfg.val_interval': 500}
one_stage = {
    'train_cfg.max_iters': 2500,
    'train_cfg.val_interval': 500,
    'param_scheduler.end': 2500,
    'param_scheduler.T_max': 2500,
}
experiments = {
    'KeypointGAN': dict(config='../kpgan_puppets.py', options=kpgan_options),
    'AutoLink, K = 14': dict(config='../autolink_puppets.py', options=autolink_options),
    'AutoLink, K = 14, backgrounds taken out': dict(
        config='../autolink_puppets_foreground.py', options=autolink_options
    ),
    'IMM, K = 14': dict(config='../imm_puppets.py', options=one_stage),
    'same network as KeypointGAN, with labels': dict(config='../supervised_puppets.py', options=one_stage),
}
