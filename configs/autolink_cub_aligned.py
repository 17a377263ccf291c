# AutoLink on CUB-200-2011 with all birds facing left, 10 keypoints; published 3.51, for a selection and crops that
# were not released. FOLDER is made by cub_to_coco.py --aligned. The thickness of the lines is ours.
#   python tools/train.py configs/autolink_cub_aligned.py --cfg-options data_root=FOLDER
_base_ = ['autolink_cub.py']
num_keypoints = 10
keypoints = dict(num_keypoints=num_keypoints)
model = dict(head=dict(metainfo=keypoints, sigma_squared=2.5e-3))
train_dataloader = dict(dataset=dict(metainfo=keypoints))
