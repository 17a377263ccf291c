# Mixing, one way: a stock MMPose estimator with MMPose's ResNet, and our bottleneck as its head, trained with labels.
_base_ = ['supervised_puppets.py']

model = dict(
    backbone=dict(_delete_=True, type='ResNet', depth=18),
    neck=dict(type='kpgan_mm.SkeletonDecoder', in_channels=512, stride=32, base_channels=16),
)
