# Table 4 on Simplified Human3.6M, third row: CycleGAN with the conditional generator and the skeleton bottleneck.
# Without the second cycle this is KeypointGAN, kpgan_h36m.py.
_base_ = ['cyclegan_conditional_h36m.py']

model = dict(bottleneck=True)
