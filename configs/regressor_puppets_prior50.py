# Stage one of kpgan_puppets_prior50.py: all of its poses are trained on, and validation is on the full prior.
_base_ = ['regressor_puppets.py']

prior = dict(type='kpgan_mm.PuppetPosePrior', num_poses=50, seed=0, image_size=64)
train_dataloader = dict(dataset=dict(prior=prior, num_held_out=0))
