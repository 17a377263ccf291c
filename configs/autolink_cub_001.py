# AutoLink on the first three species of CUB-200-2011, 4 keypoints, tested on the first; published 20.2.
#   python tools/train.py configs/autolink_cub_001.py --cfg-options data_root=FOLDER
# Species 002 and 003: test the same model with autolink_cub_002.py and autolink_cub_003.py.
_base_ = ['autolink_cub.py']
three = dict(ann_file='train_three.json')
train_dataloader = dict(dataset=dict(source=three))
fit_three = dict(dataset=dict(source=three))
val_cfg = dict(fit_dataloader=fit_three)
test_cfg = dict(fit_dataloader=fit_three)
val_dataloader = dict(dataset=dict(source=dict(ann_file='test_001.json')))
test_dataloader = val_dataloader
