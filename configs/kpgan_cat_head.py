# Cat heads at 128 pixels with the released networks, losses and schedule. The paper shows pictures, no numbers.
#   python tools/train.py configs/kpgan_cat_head.py --cfg-options data_root=FOLDER
# The paper gives no length; 200,000 iterations are our choice.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/datasets/cat_head.py',
    '_base_/models/keypoint_gan.py',
    '_base_/schedule.py',
]
regressor_pretraining = 'regressor_cat_head.py'

model = dict(
    head=dict(metainfo={{_base_.metainfo}}, input_size={{_base_.input_size}}),
    reconstruction_loss=dict(
        extractor=dict(init_cfg=dict(type='Pretrained', checkpoint={{_base_.vgg_weights}})),
    ),
)
train_cfg = dict(max_iters=200000, val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
