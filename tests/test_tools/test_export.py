import pytest
import torch

from kpgan_mm.registry import MODELS
from tests.toys import METAINFO, load_tool, model_config

CONFIG = """
default_scope = 'mmpose'
model = {model}
train_dataloader = dict(dataset=dict(metainfo={metainfo}))
test_dataloader = dict(dataset=dict(pipeline=[
    dict(type='LoadImage'), dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=(32, 32)), dict(type='PackPoseInputs')]))
"""


@pytest.fixture(scope='module')
def tool():
    return load_tool('export')


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp('trained')
    (folder / 'toy.py').write_text(CONFIG.format(model=model_config(), metainfo=METAINFO))
    torch.save({'state_dict': MODELS.build(model_config()).state_dict(), 'meta': {}}, folder / 'toy.pth')
    return str(folder / 'toy.py'), str(folder / 'toy.pth')


def test_writes_what_is_asked_for(tool, trained, tmp_path, capsys):
    tool.main([*trained, '--out-dir', str(tmp_path), '--formats', 'slim', 'stock', '--safetensors'])
    slim, stock = sorted(tmp_path.iterdir())
    assert slim.suffix == '.safetensors' and stock.name == 'toy_stock.py'
    printed = capsys.readouterr().out
    assert f'wrote {slim} (weights of backbone and head, ' in printed and f'wrote {stock} (' in printed


def test_says_what_is_wrong(tool, trained, tmp_path):
    with pytest.raises(SystemExit, match='error: There is no checkpoint'):
        tool.main([trained[0], str(tmp_path / 'nothing.pth')])
    with pytest.raises(SystemExit, match='error: There is no configuration'):
        tool.main([str(tmp_path / 'nothing.py'), trained[1]])
    with pytest.raises(SystemExit, match='error: .*does not fit'):
        tool.main([*trained, '--cfg-options', 'model.backbone.base_channels=3'])


def test_help(tool, capsys):
    with pytest.raises(SystemExit) as ended:
        tool.main(['--help'])
    assert ended.value.code == 0 and '--safetensors' in capsys.readouterr().out
