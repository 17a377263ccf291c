# Stage one of kpgan_puppets_foreign_prior.py; validated on the poses of the videos' own law.
_base_ = ['regressor_puppets.py']

prior = dict(type='kpgan_mm.PuppetPosePrior', num_poses=20000, seed=0, law='foreign', image_size=64)
train_dataloader = dict(dataset=dict(prior=prior))
