# Table 4 on Simplified Human3.6M, second row: CycleGAN with the conditional generator.
_base_ = ['cyclegan_h36m.py']

model = dict(generator=dict(type='kpgan_mm.ConditionalGenerator'))
