# AutoLink as released, for images of 128 pixels. A config that inherits it fills in the head's metainfo and input_size,
# and the weights of MMPretrain's VGG-16, without which the loss is refused:
# reconstruction_loss.extractor.init_cfg=dict(type='Pretrained', checkpoint=FILE, prefix='backbone.')
model = dict(
    type='kpgan_mm.AutoLink',
    data_preprocessor=dict(type='kpgan_mm.FramePairDataPreprocessor'),
    backbone=dict(type='kpgan_mm.AutoLinkDetector'),
    head=dict(
        type='kpgan_mm.LinkedKeypointBottleneck',
        # Squared thickness of the lines. Published runs: 5e-2 for 4 keypoints, 2.5e-3 for 8, 1e-3 for 16, 7.5e-4 for 32
        # on faces; 5e-4 and thinner on people.
        sigma_squared=1e-3,
        logit_scale=512.0,
    ),
    generator=dict(type='kpgan_mm.InpaintingUNet'),
    mask=dict(missing=0.8, num_blocks=16),
    reconstruction_loss=dict(
        type='kpgan_mm.FeatureL1Loss',
        # relu1_2, relu2_2, relu3_3 and relu4_3 of VGG-16.
        extractor=dict(type='mmpretrain.VGG', depth=16),
        layers=['features.1', 'features.4', 'features.8', 'features.12'],
        resize=(224, 224),
    ),
    test_cfg=dict(),
)
