# Stage one of kpgan_puppets_prior50_jitter.py: all of its poses are trained on, and validation is on the full prior.
_base_ = ['regressor_puppets.py']

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
train_dataloader = dict(dataset=dict(prior=prior, num_held_out=0))
