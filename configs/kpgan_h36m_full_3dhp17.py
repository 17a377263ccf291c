# As kpgan_h36m_full_3dhp.py, from MMPose's preprocessed mpi_inf_3dhp_train.npz instead of the original labels.
#   python tools/train.py configs/kpgan_h36m_full_3dhp17.py --cfg-options data_root=FOLDER
# The model knows its 17 joints, not the 28 of the paper; predictions are put into Human3.6M's order.
_base_ = [
    '_base_/default_runtime.py',
    '_base_/datasets/h36m_full_3dhp17.py',
    '_base_/models/keypoint_gan.py',
    '_base_/schedule.py',
]
regressor_pretraining = 'regressor_3dhp17.py'

model = dict(
    head=dict(
        metainfo={{_base_.metainfo}},
        input_size={{_base_.input_size}},
        judge=dict(type='kpgan_mm.KeypointRegressor'),
    ),
    reconstruction_loss=dict(
        extractor=dict(init_cfg=dict(type='Pretrained', checkpoint={{_base_.vgg_weights}})),
    ),
    test_cfg=dict(output_keypoint_indices={{_base_.common_joints}}),
)
train_cfg = dict(max_iters=300000, val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
