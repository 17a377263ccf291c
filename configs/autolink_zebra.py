# AutoLink on pictures of zebras (Horse2Zebra, trainB), 32 keypoints; there is no score. The thickness is that of the
# horses.
#   python tools/train.py configs/autolink_zebra.py --cfg-options data_root=FOLDER
_base_ = ['autolink_horse.py']
