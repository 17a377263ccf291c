# Faces of 300-W: goes on from the model of kpgan_voxceleb2.py with 300-W's training pictures, without their labels.
#   python tools/train.py configs/kpgan_w300.py --cfg-options data_root=FOLDER load_from=CHECKPOINT
# Single pictures make pairs by random warps. 50,000 iterations are our choice; the paper gives no number.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/datasets/w300.py',
    '_base_/models/keypoint_gan.py',
    '_base_/schedule.py',
]
load_from = 'work_dirs/kpgan_voxceleb2/iter_300000.pth'

model = dict(
    head=dict(metainfo={{_base_.metainfo}}, input_size={{_base_.input_size}}),
    reconstruction_loss=dict(
        extractor=dict(init_cfg=dict(type='Pretrained', checkpoint={{_base_.vgg_weights}})),
    ),
)
test_cfg = {{_base_.fitted_test_cfg}}
train_cfg = dict(max_iters=50000, val_interval=2500)
default_hooks = dict(checkpoint=dict(interval=2500))
