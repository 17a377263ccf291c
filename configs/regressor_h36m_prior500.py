# Stage one of kpgan_h36m_prior500.py: all of its poses are trained on, and validation is on the full prior.
_base_ = ['regressor_h36m.py']

train_dataloader = dict(dataset=dict(prior=dict(num_poses=500, seed=0), num_held_out=0))
