import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from kpgan_mm.utils.checkpoint import CheckpointError, load_from_local
from kpgan_mm.utils.safetensors_files import read_safetensors, write_safetensors

META = {
    'name': 'mouse',
    'iter': 3,
    'none': None,
    'names': {0: 'nose', 1: 'tail'},
    'links': [(0, 1)],
    'colors': np.array([[1, 2, 3]], np.uint8),
    'sigmas': np.array([0.1, 0.2], np.float32),
    'scalar': np.float64(0.5),
}


def test_round_trip(tmp_path):
    path = tmp_path / 'model.safetensors'
    weights = torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last)
    write_safetensors({'state_dict': {'a': weights, 'n': torch.tensor(3)}, 'meta': META}, path)
    for content in (read_safetensors(path), load_from_local(str(path), map_location='cpu')):
        assert torch.equal(content['state_dict']['a'], weights) and content['state_dict']['n'] == 3
        meta = content['meta']
        for name in ('colors', 'sigmas'):
            np.testing.assert_array_equal(meta[name], META[name])
            assert meta[name].dtype == META[name].dtype
        plain = ('name', 'iter', 'none', 'names', 'links', 'scalar')
        assert {name: meta[name] for name in plain} == {name: META[name] for name in plain}
        assert isinstance(meta['links'][0], tuple)


def test_a_file_of_another_program(tmp_path):
    save_file({'a': torch.ones(1)}, tmp_path / 'other.safetensors')
    assert load_from_local(str(tmp_path / 'other.safetensors')) == {'state_dict': {'a': torch.ones(1)}, 'meta': {}}


def test_a_damaged_file(tmp_path):
    (tmp_path / 'bad.safetensors').write_bytes(b'nothing of the kind')
    with pytest.raises(CheckpointError, match=r'bad.safetensors is not a checkpoint, or a damaged one'):
        load_from_local(str(tmp_path / 'bad.safetensors'))
    with pytest.raises(CheckpointError, match='no checkpoint'):
        load_from_local(str(tmp_path / 'absent.safetensors'))
