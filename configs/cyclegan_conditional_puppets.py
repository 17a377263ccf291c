# Table 4 on the puppets, second row: CycleGAN with the conditional generator.
_base_ = ['cyclegan_puppets.py']

model = dict(generator=dict(type='kpgan_mm.ConditionalGenerator'))
