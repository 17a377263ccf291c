# Table 4 on the puppets, third row: CycleGAN with the conditional generator and the skeleton bottleneck. Without the
# second cycle this is KeypointGAN, kpgan_puppets.py.
_base_ = ['cyclegan_conditional_puppets.py']

model = dict(bottleneck=True)
