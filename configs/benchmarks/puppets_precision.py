# Whether training with bfloat16 costs accuracy: KeypointGAN on the puppets in float32 and with --amp.
#   python tools/benchmark.py configs/benchmarks/puppets_precision.py --seeds 0 1 2 --jobs 2 \
#       --results docs/benchmarks/results_precision
title = 'float32 and bfloat16 on the puppets'
description = """
Generated puppets, which are no benchmark; a shortened schedule of 1,000 iterations at batch 16 and 64 pixels, and 1,200
iterations for the regressor, both in the row's precision. Everything is tested in float32.
"""
figures = {
    'error, %': 'keypointgan/error',
    '+ regression, %': 'keypointgan_regression/error',
}
baselines = {'mean prior pose, a constant': {'error, %': 'keypointgan/mean_prior_error'}}
options = {
    'train_cfg.max_iters': 1000,
    'train_cfg.val_interval': 500,
    'param_scheduler.end': 1000,
    'param_scheduler.T_max': 1000,
    'regressor.train_cfg.max_iters': 1200,
    'regressor.train_cfg.val_interval': 1200,
    'regressor.param_scheduler.end': 1200,
    'regressor.param_scheduler.T_max': 1200,
}
experiments = {
    'float32': dict(config='../kpgan_puppets.py'),
    'bfloat16': dict(config='../kpgan_puppets.py', flags=['--amp']),
}
