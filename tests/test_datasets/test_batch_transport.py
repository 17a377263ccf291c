import pickle

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from torch.utils.data import DataLoader

from kpgan_mm.datasets import compact_collate


class Samples:
    """Tensors of one shape, tensors of several, and data samples with tensors."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        sample = PoseDataSample(metainfo=dict(name=f'{index}', center=np.array([index, 2.5])))
        sample.gt_instance_labels = InstanceData(prior_keypoints=torch.full((1, 3, 2), index / 3))
        inputs = torch.full((3, 4, 5), index, dtype=torch.uint8)
        return dict(inputs=inputs, odd=torch.zeros(index + 1), data_samples=sample)


def test_what_arrives_is_what_pseudo_collate_gives():
    for workers in (0, 1):
        batches = list(DataLoader(Samples(), 2, num_workers=workers, collate_fn=compact_collate))
        for batch, expected in zip(batches, DataLoader(Samples(), 2, collate_fn=pseudo_collate), strict=True):
            assert batch.keys() == expected.keys() and all(type(values) is list for values in batch.values())
            for key in ('inputs', 'odd'):
                assert all(torch.equal(one, other) for one, other in zip(batch[key], expected[key], strict=True))
            for one, other in zip(batch['data_samples'], expected['data_samples'], strict=True):
                assert type(one) is PoseDataSample and one.name == other.name
                np.testing.assert_array_equal(one.center, other.center)
                poses = one.gt_instance_labels.prior_keypoints, other.gt_instance_labels.prior_keypoints
                assert torch.equal(*poses) and poses[0].dtype == torch.float32
                poses[0].zero_()


def test_it_is_one_piece_per_key(monkeypatch):
    monkeypatch.setattr('kpgan_mm.datasets.batch_transport.get_worker_info', lambda: True)
    batch = compact_collate([Samples()[0], Samples()[1]])
    function, (stacked,) = batch['inputs'].__reduce__()
    assert stacked.shape == (2, 3, 4, 5) and type(function(stacked)) is list
    function, (content,) = batch['data_samples'].__reduce__()
    assert function is pickle.loads and type(content) is bytes
    assert type(batch['odd']) is list
