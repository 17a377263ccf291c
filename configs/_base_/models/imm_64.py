# IMM for images of 64 pixels on a CPU: half the released widths, and a reconstruction loss that needs no weights.
_base_ = ['imm.py']
model = dict(
    backbone=dict(base_channels=16),
    # As many pixels of the maps, which have half as many to a side.
    head=dict(std=0.2),
    generator=dict(base_channels=16),
    reconstruction_loss=dict(
        _delete_=True,
        type='kpgan_mm.PerceptualLoss',
        extractor=dict(type='kpgan_mm.ImagePyramid', num_levels=4, widths=(16, 32, 64, 64)),
        untrained_seed=0,
        loss_weight=10.0,
    ),
)
