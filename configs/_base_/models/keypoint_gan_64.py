# KeypointGAN for images of 64 pixels on a CPU: half the released widths, discriminators with one strided layer less,
# and a reconstruction loss that needs no weights.
_base_ = ['keypoint_gan.py']
model = dict(
    backbone=dict(base_channels=16),
    head=dict(regressor=dict(base_channels=16)),
    generator=dict(base_channels=16),
    discriminator=dict(base_channels=32, num_strided=2),
    reconstruction_loss=dict(
        _delete_=True,
        type='kpgan_mm.PerceptualLoss',
        extractor=dict(type='kpgan_mm.ImagePyramid', num_levels=4, widths=(16, 32, 64, 64)),
        untrained_seed=0,
        loss_weight=10.0,
    ),
)
