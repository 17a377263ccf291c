# Tests a model of autolink_cub_001.py on species 003; published 18.5.
#   python tools/test.py configs/autolink_cub_003.py CHECKPOINT --cfg-options data_root=FOLDER
_base_ = ['autolink_cub_001.py']
val_dataloader = dict(dataset=dict(source=dict(ann_file='test_003.json')))
test_dataloader = val_dataloader
