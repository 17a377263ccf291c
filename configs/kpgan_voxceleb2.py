# Faces from VoxCeleb2 with the prior of MultiPIE, 128 pixels: the first part of the paper's experiment on faces.
#   python tools/train.py configs/kpgan_voxceleb2.py --cfg-options data_root=FOLDER
# The release has no configuration for faces: networks, losses and schedule are those for humans, 300,000 iterations are
# our choice. There is no side judge: the sides of a face can be told from its outline.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/datasets/voxceleb2.py',
    '_base_/models/keypoint_gan.py',
    '_base_/schedule.py',
]
regressor_pretraining = 'regressor_voxceleb2.py'

model = dict(
    head=dict(metainfo={{_base_.metainfo}}, input_size={{_base_.input_size}}),
    reconstruction_loss=dict(
        extractor=dict(init_cfg=dict(type='Pretrained', checkpoint={{_base_.vgg_weights}})),
    ),
)
test_cfg = {{_base_.fitted_test_cfg}}
train_cfg = dict(max_iters=300000, val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
