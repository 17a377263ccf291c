# Table 4 on Simplified Human3.6M, last row: CycleGAN without its second cycle.
_base_ = ['kpgan_h36m.py']

model = dict(generator=dict(type='kpgan_mm.UnconditionalGenerator'), bottleneck=False)
