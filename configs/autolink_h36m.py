# AutoLink on Simplified Human3.6M without backgrounds, 16 keypoints; published 2.76 %. The thickness of the lines is
# ours.
#   python tools/train.py configs/autolink_h36m.py --cfg-options data_root=FOLDER
# Backgrounds are grey: after normalisation 0, as what the inpainting blanks is. No mirrored pictures, as released.
_base_ = ['autolink_h36m_background.py']

to_masked_input = [
    dict(type='LoadImage'),
    dict(type='kpgan_mm.MaskBackground', value=127.5),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size={{_base_.input_size}}),
]
test_frames = dict(pipeline=[*to_masked_input, {{_base_.pack}}])
train_dataloader = dict(dataset=dict(pipeline=[*to_masked_input, dict(type='PackPoseInputs')]))
val_dataloader = dict(dataset=test_frames)
test_dataloader = dict(dataset=test_frames)
val_cfg = dict(fit_dataloader=dict(dataset=test_frames))
test_cfg = dict(fit_dataloader=dict(dataset=test_frames))
