import pickle
from multiprocessing import reduction
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import numpy as np
import pytest
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


@pytest.fixture
def send(monkeypatch):
    """Sends samples as a worker does, within this process."""
    monkeypatch.setattr('kpgan_mm.datasets.batch_transport.get_worker_info', lambda: True)
    return lambda samples: pickle.loads(ForkingPickler.dumps(compact_collate(samples)))


def test_it_is_one_piece(send, monkeypatch):
    handles = []
    monkeypatch.setattr(reduction, 'DupFd', lambda fd, own=reduction.DupFd: handles.append(own(fd)) or handles[-1])
    send([Samples()[0], Samples()[1]])
    assert len(handles) == 1


def test_large_arrays_are_not_pickled(send):
    samples = [
        dict(inputs=torch.arange(9001, dtype=torch.uint8), map=np.random.default_rng(n).random((40, 30)), number=n)
        for n in range(3)
    ]
    samples.append(dict(inputs=torch.arange(9001, dtype=torch.uint8), map=np.zeros((40, 30)).T[:30, :30].T, number=3))
    assert len(ForkingPickler.dumps(compact_collate(samples))) < 1000
    batch = send(samples)
    assert batch['number'] == [0, 1, 2, 3]
    for sample, inputs, values in zip(samples, batch['inputs'], batch['map'], strict=True):
        assert torch.equal(inputs, sample['inputs']) and inputs.dtype == torch.uint8
        np.testing.assert_array_equal(values, sample['map'])
        assert inputs.data_ptr() % 64 == 0 and values.flags.aligned
        inputs.zero_()
        values[:] = 1
    assert not batch['inputs'][0].any() and batch['map'][2].all()


def test_tensors_that_numpy_does_not_know(send):
    learned = torch.ones(3, requires_grad=True)
    batch = send([dict(half=torch.full((2,), 1.5, dtype=torch.bfloat16), learned=learned)])
    assert batch['half'][0].dtype == torch.bfloat16 and batch['half'][0].tolist() == [1.5, 1.5]
    assert batch['learned'][0].requires_grad and torch.equal(batch['learned'][0], learned)


def test_files_go_with_the_batch(send):
    def mapped():
        return Path('/proc/self/maps').read_text().count('memfd:batch')

    batch = send([Samples()[0]])
    last = batch['inputs'][0]
    assert mapped() == 0  # nothing large
    batch = send([dict(inputs=torch.zeros(5000)), dict(inputs=torch.ones(5000))])
    last = batch['inputs'][1]
    del batch
    assert mapped() == 1 and bool(last.all())
    del last
    assert mapped() == 0


def test_where_there_are_no_files_in_memory(send, monkeypatch):
    monkeypatch.delattr('os.memfd_create')
    assert type(compact_collate([Samples()[0]])) is dict
