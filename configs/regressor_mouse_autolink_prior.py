# Stage one of kpgan_mouse_autolink_prior.py: eta learns to read drawings of the discovered skeleton in poses that
# AutoLink has predicted. No image, no label.
_base_ = ['regressor_mouse.py']
discovered_root = 'work_dirs/autolink_mouse/discovered'
discovered = dict(from_file=discovered_root + '/skeleton.py')
found = dict(
    type='kpgan_mm.NpzPosePrior',
    file=discovered_root + '/predictions.npz',
    key='keypoints_normalized',
)

model = dict(head=dict(metainfo=discovered))
train_dataloader = dict(
    dataset=dict(
        metainfo=discovered,
        prior=dict(_delete_=True, **found),
        num_held_out=50,
        # Many poses: noise matters less than with 36, and would blur keypoints that lie close together.
        jitter=dict(noise=0.05),
    )
)
val_dataloader = dict(dataset=dict(metainfo=discovered, prior=dict(_delete_=True, **found), num_held_out=50))
test_dataloader = val_dataloader
val_evaluator = [
    dict(type='kpgan_mm.KeypointGANMetric', prior=found),
    dict(type='EPE'),
]
test_evaluator = val_evaluator
