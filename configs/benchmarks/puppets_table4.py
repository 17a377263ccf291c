# Table 4 of the paper on the generated puppets: every row changes one thing.
#   python tools/benchmark.py configs/benchmarks/puppets_table4.py --seeds 0 1 2
title = 'Ablation (table 4) on the puppets'
description = """
Generated puppets, which are no benchmark; a shortened schedule of 1,000 iterations at batch 16 and 64 pixels for every
row, and 1,200 iterations for the regressor. Predictions are averaged with those of the mirrored picture in every row.
"""
figures = {
    'error, %': 'keypointgan/error',
    'ratio to mean pose': 'keypointgan/ratio_to_mean_prior',
    'error with sides free, %': 'keypointgan/mirrored_minimum',
}
baselines = {'mean prior pose, a constant': {'error, %': 'keypointgan/mean_prior_error'}}
published_columns = ['humans, %', 'faces, % inter-ocular']
flags = ['--amp']
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
    'CycleGAN': dict(config='../cyclegan_puppets.py', published=[3.54, 11.89]),
    '+ conditional generator': dict(config='../cyclegan_conditional_puppets.py', published=[3.60, None]),
    '+ bottleneck': dict(config='../cyclegan_bottleneck_puppets.py', published=[2.86, 9.64]),
    '- second cycle = KeypointGAN': dict(config='../kpgan_puppets.py', published=[2.73, 8.67]),
    'CycleGAN - second cycle': dict(config='../cyclegan_one_cycle_puppets.py', published=[3.39, 11.36]),
}
