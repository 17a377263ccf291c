# Pictures and test of Human3.6M, prior poses of MPI-INF-3DHP: 28 joints are learned, the 17 that both have are scored.
_base_ = ['h36m_full.py']
data_root = 'data/h36m_full'
metainfo = dict(from_file='kpgan_mm/datasets/metainfo/mpi_inf_3dhp_28.py')
# In the order of Human3.6M's 17 joints: MPI-INF-3DHP's pelvis, right leg, left leg, spine, neck, head, head_top, left
# arm, right arm.
common_joints = [4, 23, 24, 25, 18, 19, 20, 3, 5, 6, 7, 9, 10, 11, 14, 15, 16]
prior = dict(
    _delete_=True,
    type='kpgan_mm.MpiInf3dhpPosePrior',
    file=data_root + '/mpi_inf_3dhp_28.npz',
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
            file=data_root + '/mpi_inf_3dhp_28.npz',
            cameras=[0],
            input_size={{_base_.input_size}},
            keypoint_indices=common_joints,
        ),
    ),
    dict(type='EPE'),
    dict(type='PCKAccuracy', thr=0.05, norm_item='bbox'),
]
test_evaluator = val_evaluator
