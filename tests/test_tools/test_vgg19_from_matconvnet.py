"""tools/model_converters/vgg19_from_matconvnet.py on files in MatConvNet's layout, with few channels."""

import sys

import numpy as np
import pytest
import torch
from scipy.io import savemat

from kpgan_mm.registry import MODELS
from kpgan_mm.utils.compat import ensure_mmpretrain
from tests.toys import load_tool

converter = load_tool('model_converters/vgg19_from_matconvnet')

STAGES = {1: 2, 2: 2, 3: 4, 4: 4, 5: 4}
CONVOLUTIONS = [f'conv{stage}_{i}' for stage, number in STAGES.items() for i in range(1, number + 1)]


def kernels() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Random weights (3, 3, in, out) and biases (out,); 3 channels in, then 2, 3, 4, ... out."""
    rng = np.random.default_rng(0)
    made, channels = {}, 3
    for number, name in enumerate(CONVOLUTIONS):
        made[name] = rng.normal(size=(3, 3, channels, number + 2)).astype(np.float32), rng.normal(size=number + 2)
        channels = number + 2
    return made


def write(file, layout: str, leave_out: str = '') -> dict:
    """A network as MatConvNet saves it: a row of structs, convolutions among ReLUs, poolings and the classifier."""
    made = kernels()
    layers = []
    for name, (kernel, bias) in made.items():
        if name == leave_out:
            continue
        layer = dict(name=name, type='conv', pad=1.0, stride=1.0)
        if layout == 'weights':
            weights = np.empty((1, 2), dtype=object)
            weights[0, 0], weights[0, 1] = kernel, bias[None].astype(np.float32)
            layer['weights'] = weights
        else:
            layer.update(filters=kernel, biases=bias[None].astype(np.float32))
        layers += [layer, dict(name=name.replace('conv', 'relu'), type='relu')]
    layers += [dict(name='pool5', type='pool', method='max'), dict(name='fc6', type='conv', filters=np.zeros((7, 7)))]
    cells = np.empty((1, len(layers)), dtype=object)
    cells[0, :] = layers
    savemat(file, dict(layers=cells, meta=dict(normalization=dict(averageImage=np.zeros(3)))))
    return made


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, 'argv', ['vgg19_from_matconvnet.py', *map(str, arguments)])
    converter.main()


@pytest.mark.parametrize('layout', ['weights', 'filters and biases'])
def test_names_and_values(layout, tmp_path, monkeypatch, capsys):
    made = write(tmp_path / 'vgg.mat', layout)
    run(monkeypatch, tmp_path / 'vgg.mat', tmp_path / 'new' / 'vgg19.pth')
    assert f'Wrote {tmp_path / "new" / "vgg19.pth"}' in capsys.readouterr().out
    state = torch.load(tmp_path / 'new' / 'vgg19.pth', weights_only=True)['state_dict']
    assert len(state) == 32
    # (height, width, in, out) became (out, in, height, width).
    kernel, bias = made['conv1_1']
    assert state['features.0.conv.weight'].shape == (2, 3, 3, 3)
    assert state['features.0.conv.weight'][1, 2, 0, 1] == kernel[0, 1, 2, 1]
    # The fourth stage begins behind three poolings and eight convolutions.
    kernel, bias = made['conv4_1']
    assert torch.equal(state['features.11.conv.weight'], torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy()))
    assert np.array_equal(state['features.11.conv.bias'], bias.astype(np.float32))
    assert torch.equal(
        state['features.19.conv.weight'], torch.from_numpy(made['conv5_4'][0].transpose(3, 2, 0, 1).copy())
    )
    assert all(value.dtype == torch.float32 and value.is_contiguous() for value in state.values())


def test_mmpretrains_vgg19_takes_every_name(tmp_path):
    write(tmp_path / 'vgg.mat', 'weights')
    ensure_mmpretrain()
    with torch.device('meta'):
        vgg = MODELS.build(dict(type='mmpretrain.VGG', depth=19, act_cfg=None))
    state = converter.convert(str(tmp_path / 'vgg.mat'))
    assert list(state) == list(vgg.state_dict())
    # Each follows the one that it follows there, as the numbers of channels show.
    places = [name for name in state if name.endswith('weight')]
    assert [state[name].shape[1] for name in places[1:]] == [state[name].shape[0] for name in places[:-1]]


def test_what_is_no_vgg19(tmp_path, monkeypatch, capsys):
    def refused(*arguments):
        with pytest.raises(SystemExit, match='2'):
            run(monkeypatch, *arguments)
        return capsys.readouterr().err

    assert 'none.mat does not exist' in refused(tmp_path / 'none.mat', tmp_path / 'out.pth')
    write(tmp_path / 'part.mat', 'weights', leave_out='conv5_4')
    assert 'is no VGG-19: it lacks conv5_4' in refused(tmp_path / 'part.mat', tmp_path / 'out.pth')
    savemat(tmp_path / 'other.mat', dict(a=1))
    assert 'holds no "layers"' in refused(tmp_path / 'other.mat', tmp_path / 'out.pth')
    assert not (tmp_path / 'out.pth').exists()
