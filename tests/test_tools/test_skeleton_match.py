"""tools/analysis_tools/skeleton_match.py on an untrained model."""

import pytest
import torch
from mmengine.registry import init_default_scope

from kpgan_mm.registry import MODELS
from tests.small_runs import puppet_config
from tests.toys import load_tool

tool = load_tool('analysis_tools/skeleton_match')


def test_report(tmp_path, capsys):
    init_default_scope('mmpose')
    cfg = puppet_config(tmp_path, 1, 'autolink_puppets')
    cfg.dump(tmp_path / 'small.py')
    torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict(), meta={}), tmp_path / 'iter_0.pth')
    tool.main([str(tmp_path / 'small.py'), str(tmp_path / 'iter_0.pth')])
    lines = capsys.readouterr().out.splitlines()
    lines = lines[next(i for i, line in enumerate(lines) if 'limbs' in line) :]
    assert lines[0] == '3 images, 14 limbs, 14 keypoints'
    assert any(line.startswith('tree: 13 links cover') and line.endswith('random: 14.3%)') for line in lines)
    # Untrained edges are all alike, so all count, and cover everything.
    assert any(line.startswith('strong: 91 links cover 14 limbs, 100.0% (as many at random: 100.0%)') for line in lines)
    assert '  head_top - neck' in lines


def test_refuses(tmp_path):
    with pytest.raises(SystemExit, match='error: .*learns no skeleton'):
        init_default_scope('mmpose')
        cfg = puppet_config(tmp_path, 1)
        cfg.dump(tmp_path / 'small.py')
        torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict(), meta={}), tmp_path / 'iter_0.pth')
        tool.main([str(tmp_path / 'small.py'), str(tmp_path / 'iter_0.pth')])
