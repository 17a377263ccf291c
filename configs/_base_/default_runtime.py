# What every run shares. Bare names are MMPose's, names after "kpgan_mm." are ours.
default_scope = 'mmpose'
# Runs as soon as a config is read, before MMEngine looks anything up.
custom_imports = dict(imports=['kpgan_mm'], allow_failed_imports=False)

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='CheckpointHook', interval=1000, by_epoch=False, max_keep_ckpts=2, save_last=True),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='kpgan_mm.CropVisualizationHook', enable=False),
)
log_processor = dict(type='LogProcessor', window_size=50, by_epoch=False, num_digits=4)
log_level = 'INFO'

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
randomness = dict(seed=0)
model_wrapper_cfg = dict(type='kpgan_mm.PhasedDistributedDataParallel')

vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='PoseLocalVisualizer', vis_backends=vis_backends, name='visualizer')

load_from = None
resume = False
data_mode = 'topdown'
