# KeypointGAN as released, for images of 128 pixels: widths, losses and weights of the published configuration.
# A config that inherits it fills in the head's metainfo and input_size.
model = dict(
    type='kpgan_mm.KeypointGAN',
    data_preprocessor=dict(type='kpgan_mm.FramePairDataPreprocessor'),
    backbone=dict(type='kpgan_mm.SkeletonTranslator'),
    head=dict(type='kpgan_mm.SkeletonBottleneck', regressor=dict(type='kpgan_mm.KeypointRegressor')),
    generator=dict(type='kpgan_mm.ConditionalGenerator'),
    discriminator=dict(type='kpgan_mm.PoseDiscriminator'),
    reconstruction_loss=dict(
        type='kpgan_mm.PerceptualLoss',
        # conv1_2, conv2_2, conv3_2, conv4_2 and conv5_2 of VGG-19, without any ReLU, as released.
        extractor=dict(type='mmpretrain.VGG', depth=19, act_cfg=None),
        layers=['features.1', 'features.4', 'features.7', 'features.12', 'features.17'],
        loss_weight=10.0,
    ),
    adversarial_loss=dict(type='kpgan_mm.AdversarialLoss', loss_weight=10.0),
    # The paper's text freezes the regressor; the released code goes on training it.
    regressor_weights=dict(prior=0.9, predicted=0.1),
    pool_size=50,
    test_cfg=dict(),
)
