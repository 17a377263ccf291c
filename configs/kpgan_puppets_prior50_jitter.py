# Table 5 on the puppets: a prior of 50 poses, moved, mirrored and bent a little at every draw.
_base_ = ['kpgan_puppets.py']
regressor_pretraining = 'regressor_puppets_prior50_jitter.py'

prior = dict(
    type='kpgan_mm.PuppetPosePrior',
    num_poses=50,
    seed=0,
    image_size=64,
    # 50 poses are few: as they are, the discriminator learns them by heart.
    jitter=dict(
        type='kpgan_mm.PoseJitter',
        mirror=dict(direction='horizontal', flip_indices=[0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10]),
        zoom=(0.85, 1.1),
        aspect=(0.9, 1.1),
        shift=0.2,
        noise=0.03,
    ),
)
train_dataloader = dict(dataset=dict(prior=prior))
