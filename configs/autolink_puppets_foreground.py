# AutoLink on the generated puppets without their backgrounds, as its published figure on Human3.6M is.
#   python tools/train.py configs/autolink_puppets_foreground.py
# Backgrounds are grey: after normalisation 0, as what the inpainting blanks is.
_base_ = ['autolink_puppets.py']

to_masked_input = [
    dict(type='LoadImage'),
    dict(type='kpgan_mm.MaskBackground', value=127.5),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size={{_base_.input_size}}),
    dict(type='PackPoseInputs'),
]
test_frames = dict(pipeline=to_masked_input)
train_dataloader = dict(dataset=test_frames)
val_dataloader = dict(dataset=test_frames)
test_dataloader = dict(dataset=test_frames)
val_cfg = dict(fit_dataloader=dict(dataset=test_frames))
test_cfg = dict(fit_dataloader=dict(dataset=test_frames))
