# Tests a model of autolink_cub_001.py on species 002; published 19.2.
#   python tools/test.py configs/autolink_cub_002.py CHECKPOINT --cfg-options data_root=FOLDER
_base_ = ['autolink_cub_001.py']
val_dataloader = dict(dataset=dict(source=dict(ann_file='test_002.json')))
test_dataloader = val_dataloader
