# Pictures and test of Human3.6M, prior poses of MPI-INF-3DHP: the 17 joints of MMPose's preprocessed file, all of which
# Human3.6M has too, in another order.
_base_ = ['h36m_full.py']
data_root = 'data/h36m_full'
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/mpi_inf_3dhp_17.py')
# In the order of Human3.6M's 17 joints: MPI-INF-3DHP's root, right leg, left leg, spine, neck, head, head_top, left
# arm, right arm.
common_joints = [14, 8, 9, 10, 11, 12, 13, 15, 1, 16, 0, 5, 6, 7, 2, 3, 4]
prior = dict(
    _delete_=True,
    type='kpgan_mm.MpiInf3dhpPosePrior',
    file=data_root + '/mpi_inf_3dhp_train.npz',
    # It looks level; every camera saw the same movements.
    cameras=[0],
    input_size={{_base_.input_size}},
    jitter={{_base_.jitter}},
)

train_dataloader = dict(dataset=dict(prior=prior, metainfo=metainfo))
val_evaluator = [
    dict(
        type='kpgan_mm.KeypointGANMetric',
        unit='pixels',
        prior=dict(
            type='kpgan_mm.MpiInf3dhpPosePrior',
            file=data_root + '/mpi_inf_3dhp_train.npz',
            cameras=[0],
            input_size={{_base_.input_size}},
            keypoint_indices=common_joints,
        ),
    ),
    dict(type='EPE'),
    dict(type='PCKAccuracy', thr=0.05, norm_item='bbox'),
]
test_evaluator = val_evaluator
