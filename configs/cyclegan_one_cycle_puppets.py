# Table 4 on the puppets, last row: CycleGAN without its second cycle.
_base_ = ['kpgan_puppets.py']

model = dict(generator=dict(type='kpgan_mm.UnconditionalGenerator'), bottleneck=False)
