# Mixing, the other way: KeypointGAN with MMPose's ResNet in place of Phi.
_base_ = ['kpgan_puppets.py']

model = dict(
    backbone=dict(_delete_=True, type='ResNet', depth=18),
    neck=dict(type='kpgan_mm.SkeletonDecoder', in_channels=512, stride=32, base_channels=16),
)
optim_wrapper = dict(generator=dict(modules=['backbone', 'neck', 'generator']))
