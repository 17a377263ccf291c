# Table 5 on the puppets: a prior of 500 poses, for the regressor and the discriminator alike.
_base_ = ['kpgan_puppets.py']
regressor_pretraining = 'regressor_puppets_prior500.py'

prior = dict(type='kpgan_mm.PuppetPosePrior', num_poses=500, seed=0, image_size=64)
train_dataloader = dict(dataset=dict(prior=prior))
