# Table 5 of Jakab et al. 2020: kpgan_h36m.py with a prior of 5000 poses, the same ones in both stages.
#   python tools/train.py configs/kpgan_h36m_prior5000.py --cfg-options data_root=FOLDER
# Other poses: train_dataloader.dataset.prior.seed=1 regressor.train_dataloader.dataset.prior.seed=1
# The baseline stays the mean of the whole prior, so that the rows of the table share it.
_base_ = ['kpgan_h36m.py']
regressor_pretraining = 'regressor_h36m_prior5000.py'

train_dataloader = dict(dataset=dict(prior=dict(num_poses=5000, seed=0)))
