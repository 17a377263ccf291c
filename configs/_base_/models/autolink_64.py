# AutoLink for images of 64 pixels on a CPU: a quarter of the released widths, and a reconstruction loss that needs no
# weights.
_base_ = ['autolink.py']
model = dict(
    backbone=dict(base_channels=16),
    head=dict(
        in_channels=32,
        sigma_squared=2.5e-3,
        # With ten times the released learning rate, which the networks get, the graph's is nearly as released.
        logit_scale=64.0,
    ),
    generator=dict(base_channels=16),
    reconstruction_loss=dict(
        _delete_=True,
        type='kpgan_mm.PerceptualLoss',
        extractor=dict(type='kpgan_mm.ImagePyramid', num_levels=4, widths=(16, 32, 64, 64)),
        untrained_seed=0,
        loss_weight=10.0,
    ),
)
