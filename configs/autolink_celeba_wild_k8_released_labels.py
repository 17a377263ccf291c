# Tests a model of autolink_celeba_wild_k8.py with the labels of AutoLink's code since January 2023, which exchanges
# width and height of the photos; published figures are older.
#   python tools/test.py configs/autolink_celeba_wild_k8_released_labels.py CHECKPOINT --cfg-options data_root=FOLDER
_base_ = ['autolink_celeba_wild_k8.py']
released = dict(dataset=dict(released_labels=True))
val_dataloader = released
test_dataloader = released
val_cfg = dict(fit_dataloader=released)
test_cfg = dict(fit_dataloader=released)
