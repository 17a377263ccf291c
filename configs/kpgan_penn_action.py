# Penn Action at 128 pixels with the released networks, losses and schedule. The paper shows pictures, no numbers.
#   python tools/train.py configs/kpgan_penn_action.py --cfg-options data_root=FOLDER
# The paper gives no length; 300,000 iterations are our choice.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/datasets/penn_action.py',
    '_base_/models/keypoint_gan.py',
    '_base_/schedule.py',
]
regressor_pretraining = 'regressor_penn_action.py'

model = dict(
    head=dict(metainfo={{_base_.metainfo}}, input_size={{_base_.input_size}}),
    reconstruction_loss=dict(
        extractor=dict(init_cfg=dict(type='Pretrained', checkpoint={{_base_.vgg_weights}})),
    ),
)
train_cfg = dict(max_iters=300000, val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
