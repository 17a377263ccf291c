# IMM as released, for images of 128 pixels: widths, losses and initialisation of the published configuration.
# A config that inherits it fills in the head's metainfo and input_size, num_keypoints of backbone and generator, and
# reconstruction_loss.extractor.init_cfg.
init_cfg = [
    # Drawn anew beyond two standard deviations.
    dict(type='TruncNormal', layer=['Conv2d'], std=0.01, a=-0.02, b=0.02, bias=0),
    dict(type='Constant', layer=['_BatchNorm'], val=1, bias=0),
]
model = dict(
    type='kpgan_mm.IMM',
    data_preprocessor=dict(type='kpgan_mm.FramePairDataPreprocessor'),
    backbone=dict(type='kpgan_mm.HeatmapEncoder', init_cfg=init_cfg),
    head=dict(type='kpgan_mm.GaussianBottleneck', std=0.1),
    generator=dict(type='kpgan_mm.HeatmapConditionalGenerator', init_cfg=init_cfg),
    reconstruction_loss=dict(
        type='kpgan_mm.PerceptualLoss',
        # The image, and conv1_2, conv2_2, conv3_2, conv4_2 and conv5_2 of VGG-16, behind their ReLU. Released with
        # weights from colourisation, which nobody gives away any more; here ImageNet's.
        extractor=dict(type='mmpretrain.VGG', depth=16),
        layers=['features.1', 'features.4', 'features.7', 'features.11', 'features.15'],
        mean=(123.675, 116.28, 103.53),
        std=(58.395, 57.12, 57.375),
        initial_means=(100.0, 1.6, 2.3, 1.8, 2.8, 100.0),
        detach_means=False,
        # 1000 times the sum of six terms.
        loss_weight=6000.0,
    ),
    test_cfg=dict(),
)
