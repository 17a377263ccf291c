# Table 4 on the puppets, first row: CycleGAN. Psi paints from Phi's own skeleton image alone, and a second cycle leads
# from prior skeletons through images and back. Keypoints are read off the skeleton image as in every other row.
_base_ = ['kpgan_puppets.py']

model = dict(
    generator=dict(type='kpgan_mm.UnconditionalGenerator'),
    bottleneck=False,
    second_cycle=dict(
        type='kpgan_mm.SecondCycle',
        discriminator=dict(type='kpgan_mm.PoseDiscriminator', in_channels=3, base_channels=32, num_strided=2),
        input_size={{_base_.input_size}},
    ),
)
optim_wrapper = dict(discriminator=dict(modules=['discriminator', 'second_cycle']))
