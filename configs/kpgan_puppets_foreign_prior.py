# A prior from another source: poses of other proportions and another law of motion than the videos'.
_base_ = ['kpgan_puppets.py']
regressor_pretraining = 'regressor_puppets_foreign_prior.py'

prior = dict(type='kpgan_mm.PuppetPosePrior', num_poses=20000, seed=0, law='foreign', image_size=64)
train_dataloader = dict(dataset=dict(prior=prior))
